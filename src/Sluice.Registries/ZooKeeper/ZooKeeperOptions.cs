namespace Sluice.Registries.ZooKeeper;

/// <summary>Where ZooKeeper is, and where in it the nodes are. A class and no record: nothing prints what it holds.</summary>
public sealed class ZooKeeperOptions
{
    /// <summary>The servers; they are tried in random order.</summary>
    public required ZooKeeperServers Servers { get; init; }

    /// <summary>The znode whose children are the nodes, below the root of <see cref="Servers"/>. It need not exist yet.</summary>
    public string Path { get; init; } = "/sluice/nodes";

    /// <summary>
    /// The session timeout that is asked for. A server that says nothing for two thirds of it is given up, and the next one is asked.
    /// The server has bounds of its own, which are 2 and 20 times its tickTime.
    /// </summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>user:password</c> for the scheme <c>digest</c>; empty = nobody in particular. It travels in the clear.</summary>
    public string User { get; init; } = "";

    /// <summary>
    /// Reads <see cref="User"/> anew, so that a rotated password needs no restart; null = <see cref="User"/>. It is called at each connection and once a
    /// second, since ZooKeeper does not end the connection of a user whose password has changed: it only hides the znodes.
    /// </summary>
    /// <remarks>What it throws at a connection counts as a failed one, which is tried again.</remarks>
    public Func<string>? ReadUser { get; init; }

    /// <summary>
    /// The longest wait for a connection, and for the answer to its first frame. A server that is still starting may take a connection and never
    /// answer on it: with a long session timeout it would long be up, and we would wait on.
    /// </summary>
    internal TimeSpan OpeningTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>False where one-shot watches are used although the server may have recursive ones (ZooKeeper 3.6).</summary>
    internal bool RecursiveWatch { get; init; } = true;

    /// <summary>Where the nodes are, from the very top.</summary>
    internal string FullPath => Servers.Root + (Servers.Root.Length > 0 && Path.Length == 1 ? "" : Path);
}
