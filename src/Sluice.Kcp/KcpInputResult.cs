namespace Sluice.Kcp;

/// <summary>
/// The result of <see cref="KcpSession.Input"/>. Only <see cref="Accepted"/> shows that the datagram came from a peer that knows the
/// session.
/// </summary>
public enum KcpInputResult
{
    /// <summary>All segments were well-formed and of this conversation.</summary>
    Accepted,

    /// <summary>A parity datagram: it may help to restore others, but it does not show that the peer knows the session.</summary>
    Parity,

    /// <summary>Too short, too long, an unknown command, or a length beyond the end of the datagram. Nothing was used.</summary>
    Malformed,

    /// <summary>Segments of another conversation (ikcp: <c>conv</c>). Nothing was used.</summary>
    WrongConversation,

    /// <summary>The session has ended.</summary>
    Ended,
}
