namespace Sluice.Gateway.Vocabulary;

/// <summary>
/// Who ended a session, and in which phase. It is the word in the log line, the metric label, and the reason that a rejected client gets.
/// </summary>
public enum EndReason
{
    /// <summary>Both sides finished in order.</summary>
    Completed,

    /// <summary>The client's connection was reset, timed out or failed, at any time.</summary>
    ClientLost,

    /// <summary>The backend's connection was reset, timed out or failed after the welcome.</summary>
    BackendLost,

    /// <summary>No byte either way for the idle timeout.</summary>
    Idle,

    /// <summary>The gateway stopped and the drain timeout was over.</summary>
    Shutdown,

    /// <summary>An operator ended it.</summary>
    Kicked,

    /// <summary>The first frame has a length of 0 or above the limit, or its key is not UTF-8.</summary>
    BadFrame,

    /// <summary>No complete key within the connect timeout.</summary>
    Timeout,

    /// <summary>The strategy cannot read the key.</summary>
    BadKey,

    /// <summary>The key names a backend that the policy forbids.</summary>
    Denied,

    /// <summary>The registry knows no such node.</summary>
    NotFound,

    /// <summary>Every dial attempt failed or timed out.</summary>
    Unreachable,

    /// <summary>A limit is reached.</summary>
    Busy,

    /// <summary>The gateway or the node is going away.</summary>
    Draining,
}
