namespace Sluice.Transport.WebSocket;

/// <summary>Why a WebSocket connection is closed (RFC 6455 section 7.4 and the IANA registry).</summary>
public enum CloseCode
{
    /// <summary>No code: the close frame is empty.</summary>
    None = 0,

    /// <summary>The purpose is fulfilled.</summary>
    Normal = 1000,

    /// <summary>This end goes away.</summary>
    GoingAway = 1001,

    /// <summary>The other end broke the protocol.</summary>
    ProtocolError = 1002,

    /// <summary>A text message is not UTF-8, or a compressed one cannot be inflated.</summary>
    InvalidPayload = 1007,

    /// <summary>A policy forbids it.</summary>
    PolicyViolation = 1008,

    /// <summary>A message is too big.</summary>
    MessageTooBig = 1009,

    /// <summary>This end failed.</summary>
    InternalError = 1011,

    /// <summary>This end restarts or is shut down.</summary>
    ServiceRestart = 1012,

    /// <summary>Try again later.</summary>
    TryAgainLater = 1013,
}
