namespace Sluice.Gateway.Limits;

/// <summary>How a rejected client is answered.</summary>
internal enum RejectionAnswer
{
    /// <summary>Its connection is closed, or its datagram dropped.</summary>
    Silent,

    /// <summary>It gets the reason in a frame at once.</summary>
    Frame,

    /// <summary>It gets the reason in a session, once the handshake has come far enough to read it.</summary>
    AfterHandshake,
}
