using Sluice.Gateway.Vocabulary;

namespace Sluice.Gateway.Limits;

/// <summary>Whether a client may begin a session; if not, why, and how it is answered.</summary>
internal readonly record struct AdmissionDecision
{
    /// <summary>It may enter, and counts against the limits.</summary>
    public static readonly AdmissionDecision Enter = new() { IsCounted = true };

    /// <summary>It may enter, and does not count until its address is known.</summary>
    public static readonly AdmissionDecision EnterUncounted;

    /// <summary>Whether the client counts against the limits until its session ends.</summary>
    public bool IsCounted { get; private init; }

    /// <summary>Why it is rejected; null if it may enter.</summary>
    public EndReason? Rejection { get; private init; }

    /// <summary>How it is rejected, if it is.</summary>
    public RejectionAnswer Answer { get; private init; }

    /// <summary>Whether the peer is dropped without an answer.</summary>
    public bool IsSilent => Rejection is not null && Answer == RejectionAnswer.Silent;

    public static AdmissionDecision Reject(EndReason reason, RejectionAnswer answer) => new() { Rejection = reason, Answer = answer };
}
