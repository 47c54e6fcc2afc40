using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <summary>
/// The settings of a session, under the names of ikcp and kcp-go. One instance may serve any number of sessions.
/// The defaults are kcp-go's.
/// </summary>
public sealed record KcpOptions
{
    /// <summary>The longest datagram that is sent or understood, in bytes of UDP payload (kcp-go: <c>mtuLimit</c>).</summary>
    public const int MaxDatagram = 1500;

    /// <summary>Largest datagram to send, in bytes of UDP payload, every header included: 50 to 1500 (ikcp: <c>mtu</c>).</summary>
    public int Mtu { get; init; } = 1400;

    /// <summary>Bytes of each datagram that the output itself fills in front, e.g. <see cref="Crypto.KcpPacketCrypto.Overhead"/> (kcp-go: <c>ReserveBytes</c>).</summary>
    public int ReservedBytes { get; init; }

    /// <summary>Smallest RTO 30 ms instead of 100 ms, and a gentler growth of it: half an RTO per resend instead of a whole one (ikcp: <c>nodelay</c>).</summary>
    public bool NoDelay { get; init; }

    /// <summary>Milliseconds that an acknowledgement may wait for company, and the least distance of resends to the RTT: 1 to 5000 (ikcp: <c>interval</c>).</summary>
    public int Interval { get; init; } = 100;

    /// <summary>Resend a segment when so many later ones were acknowledged: 0 (off) to 255 (ikcp: <c>resend</c>).</summary>
    public int FastResend { get; init; }

    /// <summary>True sends as much as both windows allow, without the congestion window (ikcp: <c>nc</c>).</summary>
    public bool NoCongestionWindow { get; init; }

    /// <summary>Most segments in flight: 1 to 16384 (ikcp: <c>snd_wnd</c>).</summary>
    public int SendWindow { get; init; } = 32;

    /// <summary>Most segments received and not yet consumed: 1 to 16384 (ikcp: <c>rcv_wnd</c>).</summary>
    public int ReceiveWindow { get; init; } = 32;

    /// <summary>Most segments that wait or are in flight before <see cref="KcpSession.Send"/> takes no more; 0 stands for twice <see cref="SendWindow"/>.</summary>
    public int SendQueueLimit { get; init; }

    /// <summary>True: a byte stream, small writes share a segment, and empty segments of the peer are nothing. False: a write is a message (ikcp: <c>stream</c>).</summary>
    public bool StreamMode { get; init; }

    /// <summary>True acknowledges in the next turn instead of within <see cref="Interval"/> (kcp-go: <c>ackNoDelay</c>).</summary>
    public bool AckNoDelay { get; init; }

    /// <summary>
    /// True lets a segment that is not acknowledged yet go once more in the datagram that carries later ones, where it fits and while segments get lost
    /// (redundant data bundling). A receiver takes it for a resend, so any peer understands it. For small, frequent messages it repairs
    /// a loss with the next message instead of after an RTO; it costs bytes but no datagrams, and nothing on a link that loses nothing.
    /// </summary>
    public bool Bundling { get; init; }

    /// <summary>
    /// This many transmissions of one segment without an acknowledgement, whatever caused them, end the session: 2 to 1000 (ikcp:
    /// <c>dead_link</c>). Not before <see cref="DeadLinkTime"/>.
    /// </summary>
    public int DeadLink { get; init; } = 20;

    /// <summary>
    /// The session does not end before a segment was unanswered for so many milliseconds, however often it was sent.
    /// With <see cref="NoDelay"/> twenty transmissions take only a few seconds, less than a phone needs to change its network. A longer
    /// time costs little: a silent peer is sent each segment four times, and from then on only the first one, at growing intervals.
    /// </summary>
    public int DeadLinkTime { get; init; } = 10_000;

    /// <summary>
    /// True for a server: a sender's address may be forged, so until the peer has proven that it receives what is sent to it
    /// (<see cref="KcpSession.IsPeerProven"/>) little is kept for it, no parity is sent to it, and of a stream (<see cref="StreamMode"/>) little at all: at most
    /// three bytes for each of its own, repetitions included, and 256 more. Messages, which go as a whole or not at all, are not held back.
    /// </summary>
    public bool RequireProof { get; init; }

    /// <summary>What is sent as FEC.</summary>
    public KcpFec Fec { get; init; }

    internal int MinRto => NoDelay ? 30 : 100;

    internal int QueueLimit => SendQueueLimit > 0 ? SendQueueLimit : 2 * SendWindow;

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range; the exception names it.</exception>
    public void Validate()
    {
        Require(Mtu is >= 50 and <= MaxDatagram, nameof(Mtu), "50 to 1500");
        Require(ReservedBytes >= 0 && Mtu - ReservedBytes - Arq.Segment.FecOverhead > Segment.HeaderSize, nameof(ReservedBytes), "0 or more, with room left in the mtu");
        Require(Interval is >= 1 and <= 5000, nameof(Interval), "1 to 5000");
        Require(FastResend is >= 0 and <= 255, nameof(FastResend), "0 to 255");
        Require(SendWindow is >= 1 and <= 16384, nameof(SendWindow), "1 to 16384");
        Require(ReceiveWindow is >= 1 and <= 16384, nameof(ReceiveWindow), "1 to 16384");
        Require(SendQueueLimit is >= 0 and <= 1 << 20, nameof(SendQueueLimit), "0 to 1048576");
        Require(DeadLink is >= 2 and <= 1000, nameof(DeadLink), "2 to 1000");
        Require(DeadLinkTime >= 0, nameof(DeadLinkTime), "0 or more");
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, $"{name} must be {range}");
        }
    }
}
