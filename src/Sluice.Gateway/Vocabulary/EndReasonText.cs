namespace Sluice.Gateway.Vocabulary;

/// <summary>The fixed words of the end reasons, as logs, metrics and failure frames carry them.</summary>
public static class EndReasonText
{
    /// <summary>The word of a reason, for example <c>client_lost</c>.</summary>
    public static string ToWord(this EndReason reason) => reason switch
    {
        EndReason.Completed => "completed",
        EndReason.ClientLost => "client_lost",
        EndReason.BackendLost => "backend_lost",
        EndReason.Idle => "idle",
        EndReason.Shutdown => "shutdown",
        EndReason.Kicked => "kicked",
        EndReason.BadFrame => "bad_frame",
        EndReason.Timeout => "timeout",
        EndReason.BadKey => "bad_key",
        EndReason.Denied => "denied",
        EndReason.NotFound => "not_found",
        EndReason.Unreachable => "unreachable",
        EndReason.Busy => "busy",
        EndReason.Draining => "draining",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not an end reason."),
    };
}
