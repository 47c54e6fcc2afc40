using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <summary>
/// Settings of a session, named as in ikcp and kcp-go, with kcp-go's defaults. One instance may serve any number of sessions.
/// </summary>
public sealed record KcpOptions
{
    /// <summary>The longest datagram that is sent or accepted, in bytes of UDP payload (kcp-go: <c>mtuLimit</c>).</summary>
    public const int MaxDatagram = 1500;

    /// <summary>The largest datagram to send, in bytes of UDP payload including all headers: 50 to 1500 (ikcp: <c>mtu</c>).</summary>
    public int Mtu { get; init; } = 1400;

    /// <summary>
    /// Bytes at the start of each datagram that the output fills in, for example <see cref="Crypto.KcpPacketCrypto.Overhead"/>
    /// (kcp-go: <c>ReserveBytes</c>).
    /// </summary>
    public int ReservedBytes { get; init; }

    /// <summary>
    /// Lowers the smallest RTO from 100 ms to 30 ms, and lets it grow by half an RTO per resend instead of a whole one (ikcp:
    /// <c>nodelay</c>).
    /// </summary>
    public bool NoDelay { get; init; }

    /// <summary>
    /// Milliseconds that an acknowledgement may wait to share a datagram, and by which the RTO exceeds the RTT at least: 1 to 5000
    /// (ikcp: <c>interval</c>).
    /// </summary>
    public int Interval { get; init; } = 100;

    /// <summary>Resends a segment once this many later ones were acknowledged: 0 (off) to 255 (ikcp: <c>resend</c>).</summary>
    public int FastResend { get; init; }

    /// <summary>Sends as much as both windows allow, without the congestion window (ikcp: <c>nc</c>).</summary>
    public bool NoCongestionWindow { get; init; }

    /// <summary>The most segments in flight: 1 to 16384 (ikcp: <c>snd_wnd</c>).</summary>
    public int SendWindow { get; init; } = 32;

    /// <summary>The most segments received and not yet consumed: 1 to 16384 (ikcp: <c>rcv_wnd</c>).</summary>
    public int ReceiveWindow { get; init; } = 32;

    /// <summary>
    /// The most segments waiting and in flight; <see cref="KcpSession.Send"/> takes no more bytes then. 0 means twice
    /// <see cref="SendWindow"/>.
    /// </summary>
    public int SendQueueLimit { get; init; }

    /// <summary>
    /// True for a byte stream: small writes share a segment, and empty segments of the peer are ignored. False makes each write a message
    /// (ikcp: <c>stream</c>).
    /// </summary>
    public bool StreamMode { get; init; }

    /// <summary>
    /// Acknowledges in the next <see cref="KcpSession.Update"/> instead of within <see cref="Interval"/> (kcp-go: <c>ackNoDelay</c>).
    /// </summary>
    public bool AckNoDelay { get; init; }

    /// <summary>
    /// Sends an unacknowledged segment once more in the datagram of later ones, if it fits and while segments get lost (redundant data
    /// bundling). The receiver sees a resend, so any peer understands it. For small, frequent messages, the next message then repairs a
    /// loss instead of a timeout. It costs bytes but no datagrams, and nothing on a link without loss.
    /// </summary>
    public bool Bundling { get; init; }

    /// <summary>
    /// The session ends after this many transmissions of a segment without an acknowledgement, but not before <see cref="DeadLinkTime"/>:
    /// 2 to 1000 (ikcp: <c>dead_link</c>).
    /// </summary>
    public int DeadLink { get; init; } = 20;

    /// <summary>
    /// The session does not end before a segment was unacknowledged for this many milliseconds. With <see cref="NoDelay"/>, twenty
    /// transmissions take only a few seconds, less than a phone needs to change its network. A longer time costs little: a silent peer is
    /// sent each segment four times, and then only the first, at growing intervals.
    /// </summary>
    public int DeadLinkTime { get; init; } = 10_000;

    /// <summary>
    /// Set this for a server, as a sender's address may be forged. Until the peer has proven that it receives what is sent to it
    /// (<see cref="KcpSession.IsPeerProven"/>), little is kept for it and it gets no parity. In <see cref="StreamMode"/> it is sent at most
    /// three bytes for each byte it sent, resends included, plus 256. Messages, which go whole or not at all, are not limited.
    /// </summary>
    public bool RequireProof { get; init; }

    /// <summary>How FEC is sent.</summary>
    public KcpFec Fec { get; init; }

    internal int MinRto => NoDelay ? 30 : 100;

    internal int QueueLimit => SendQueueLimit > 0 ? SendQueueLimit : 2 * SendWindow;

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range. The exception names it.</exception>
    public void Validate()
    {
        Require(Mtu is >= 50 and <= MaxDatagram, nameof(Mtu), "50 to 1500");
        int room = Mtu - ReservedBytes - Segment.FecOverhead - Segment.HeaderSize;
        Require(ReservedBytes >= 0 && room > 0, nameof(ReservedBytes), "0 or more, with room left in the mtu");
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
