namespace Sluice.Transport;

/// <summary>What the protocol of a <see cref="Connection"/> can do. The same for every connection of one kind.</summary>
public readonly record struct ConnectionTraits
{
    /// <summary>Whether <see cref="Connection.FinishWriting"/> reaches the peer, which may answer before it finishes too.</summary>
    public bool CanHalfClose { get; init; }

    /// <summary>
    /// Whether written bytes are still delivered after <see cref="Connection.Close"/>, whatever the peer sends. If not, unread bytes turn
    /// the
    /// close into a reset: use <see cref="LingeringClose"/> to be sure that the last bytes arrive.
    /// </summary>
    public bool DeliversAfterClose { get; init; }

    /// <summary>
    /// Whether a connection opens without an answer of the peer. Only <see cref="ConnectionActivity.WasHeard"/> shows that the peer exists.
    /// </summary>
    public bool OpensUnanswered { get; init; }
}
