namespace Sluice.Registries.ZooKeeper;

/// <summary>Where ZooKeeper is, and where in it the nodes are. Not a record, so that nothing prints the password.</summary>
public sealed class ZooKeeperOptions
{
    /// <summary>The servers, tried in random order.</summary>
    public required ZooKeeperServers Servers { get; init; }

    /// <summary>The znode whose children are the nodes, below the root of <see cref="Servers"/>. It need not exist yet.</summary>
    public string Path { get; init; } = "/sluice/nodes";

    /// <summary>
    /// The requested session timeout. A server that is silent for two thirds of it counts as lost, and the next one is tried. The server
    /// has limits of its own: 2 and 20 times its tickTime.
    /// </summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>user:password</c> for the scheme <c>digest</c>; empty = no login. It is sent unencrypted.</summary>
    public string User { get; init; } = "";

    /// <summary>
    /// Returns the current <see cref="User"/>, so that a rotated password needs no restart; null = <see cref="User"/>. It is called for
    /// each connection and once a second, because ZooKeeper keeps the connection of a user whose password has changed, and only hides the
    /// znodes.
    /// </summary>
    /// <remarks>An exception for a connection counts as a failed one, which is retried.</remarks>
    public Func<string>? ReadUser { get; init; }

    /// <summary>
    /// The time limit for a connection, and for the answer to its first frame. A server that is still starting may accept a connection and
    /// never answer on it. With a long session timeout, we would still wait long after the server is up.
    /// </summary>
    internal TimeSpan OpeningTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether to use recursive watches (ZooKeeper 3.6) if the server has them.</summary>
    internal bool RecursiveWatch { get; init; } = true;

    /// <summary>The path of the nodes, including the root.</summary>
    internal string FullPath => Servers.Root + (Servers.Root.Length > 0 && Path.Length == 1 ? "" : Path);
}
