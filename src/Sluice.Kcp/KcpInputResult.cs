namespace Sluice.Kcp;

/// <summary>What became of a datagram. Only <see cref="Accepted"/> says that it came from a peer that knows the session.</summary>
public enum KcpInputResult
{
    /// <summary>Every segment was well-formed and of this session.</summary>
    Accepted,

    /// <summary>A Reed-Solomon parity datagram: kept or used for recovery, but not itself proof of a living session.</summary>
    Parity,

    /// <summary>Too short, too long, an unknown command, or a length that reaches beyond the datagram. Nothing of it was used.</summary>
    Malformed,

    /// <summary>Segments of another conversation (ikcp: <c>conv</c>). Nothing of it was used.</summary>
    WrongConversation,

    /// <summary>The session has ended.</summary>
    Ended,
}
