namespace Sluice.Registries.ZooKeeper;

/// <summary>A server rejected a request, did not answer, or sent nonsense. The message becomes part of what the operator reads.</summary>
#pragma warning disable CA1032, RCS1194 // It is created here only, and always with a reason.
internal sealed class ZooKeeperException : Exception
#pragma warning restore CA1032, RCS1194
{
    public ZooKeeperException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    public ZooKeeperException(string what, ZooKeeperError error)
        : base(Say(what, error)) => Error = error;

    /// <summary>The server's error code, if it sent one.</summary>
    public ZooKeeperError Error { get; }

    /// <summary>Whether the server closed the connection.</summary>
    public bool HungUp { get; init; }

    private static string Say(string what, ZooKeeperError error) => error switch
    {
        ZooKeeperError.NoAuth => $"no permission to {what}; name a user in password_file, or grant everyone the right to read",
        ZooKeeperError.AuthFailed => $"no permission to {what}; the user in password_file is rejected",
        ZooKeeperError.SessionClosedRequireAuth => $"no permission to {what} without a user; name one in password_file",
        _ => $"could not {what}; it answered {error} ({(int)error})",
    };

    /// <summary>Whether no server accepted the connection.</summary>
    public bool Unreached { get; init; }
}
