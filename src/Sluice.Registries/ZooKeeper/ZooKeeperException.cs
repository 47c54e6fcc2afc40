namespace Sluice.Registries.ZooKeeper;

/// <summary>A server said no, said nothing, or said nonsense. Its message becomes part of what the operator reads.</summary>
#pragma warning disable CA1032, RCS1194 // It is made here alone, and always with a reason.
internal sealed class ZooKeeperException : Exception
#pragma warning restore CA1032, RCS1194
{
    public ZooKeeperException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    public ZooKeeperException(string what, ZooKeeperError error)
        : base(Say(what, error)) => Error = error;

    /// <summary>What the server answered, where it did.</summary>
    public ZooKeeperError Error { get; }

    /// <summary>True where the server ended the connection.</summary>
    public bool HungUp { get; init; }

    private static string Say(string what, ZooKeeperError error) => error switch
    {
        ZooKeeperError.NoAuth => $"we may not {what}; name a user in password_file, or give everyone the right to read",
        ZooKeeperError.AuthFailed => $"we may not {what}; the user in password_file is refused",
        ZooKeeperError.SessionClosedRequireAuth => $"we may not {what} without a user; name one in password_file",
        _ => $"we could not {what}; it answered {error} ({(int)error})",
    };

    /// <summary>True where nobody took the connection.</summary>
    public bool Unreached { get; init; }
}
