namespace Sluice.Kcp.Arq;

/// <summary>
/// The question by which a peer proves its address before it is sent a byte of the stream: an empty PUSH with the number before the first. Every ikcp
/// acknowledges what it takes for a late copy, with the time stamp that only its receiver knows, and hands nothing of it to anybody.
/// </summary>
/// <remarks>Small, since each session of a server has one, and few are asked.</remarks>
internal struct PeerChallenge
{
    private const int Pause = 500;
    private const int MostSent = 10;
    private byte _asked;

    public readonly bool IsAsked => _asked > 0;

    /// <summary>The time stamp that is to come back: the time of the first copy. One for all of them, so that the answer to any is one.</summary>
    public uint Timestamp { get; private set; }

    /// <summary>True while a copy is still to be sent.</summary>
    public readonly bool IsPending => _asked is > 0 and <= MostSent;

    public void Ask(uint timestamp) => (_asked, Timestamp) = (1, timestamp);

    /// <summary>When the next copy goes out, half a second after the one before it, on the clock of the time stamp; means nothing unless <see cref="IsPending"/>.</summary>
    public readonly uint At => unchecked(Timestamp + (uint)(Pause * (_asked - 1)));

    public readonly bool IsDue(uint timestamp) => IsPending && Segment.Distance(timestamp, At) >= 0;

    /// <summary>A copy goes out.</summary>
    public void Sent() => _asked++;
}
