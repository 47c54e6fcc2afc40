namespace Sluice.Kcp.Arq;

/// <summary>
/// The question by which a peer proves its address before it is sent a byte of the stream: an empty PUSH with the number before the first. Every ikcp
/// acknowledges what it takes for a late copy, with the time stamp that only its receiver knows, and hands nothing of it to anybody.
/// </summary>
internal struct PeerChallenge
{
    private const int Pause = 500;
    private const int MostSent = 10;
    private byte _sent;

    public bool IsAsked { get; private set; }

    /// <summary>The time stamp that is to come back. One for all copies, so that the answer to any is one.</summary>
    public uint Timestamp { get; private set; }

    /// <summary>When the next copy goes out; means nothing unless <see cref="IsPending"/>.</summary>
    public uint At { get; private set; }

    /// <summary>True while a copy is still to be sent.</summary>
    public readonly bool IsPending => IsAsked && _sent < MostSent;

    public void Ask(uint now, uint timestamp) => (IsAsked, At, Timestamp) = (true, now, timestamp);

    public readonly bool IsDue(uint now) => IsPending && Segment.Distance(now, At) >= 0;

    /// <summary>A copy goes out; the next one follows half a second later.</summary>
    public void Sent(uint now)
    {
        At = now + Pause;
        _sent++;
    }
}
