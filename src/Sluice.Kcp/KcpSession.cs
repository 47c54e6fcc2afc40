using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>
/// One KCP conversation: reliable, ordered bytes (or messages) over datagrams. It has no socket, clock, thread or lock. The owner calls
/// <see cref="Input"/> for each datagram, reads with <see cref="TryPeek"/> and <see cref="Consume"/>, writes with <see cref="Send"/>, and
/// calls <see cref="Update"/> once after a batch of these, and again at the time that <see cref="NextUpdate"/> returns.
/// </summary>
/// <remarks>
/// Time is the owner's clock in milliseconds from any starting point. Only its low 32 bits travel (ikcp: <c>current</c>).
/// KCP has no message that ends a conversation: <see cref="Dispose"/> only returns the memory.
/// </remarks>
public sealed partial class KcpSession : IDisposable
{
    /// <summary>The result of <see cref="NextUpdate"/> if only a datagram or a write can give the session something to do.</summary>
    public const long Never = long.MaxValue;

    private readonly KcpContext _context;
    private readonly KcpOptions _options;
    private readonly uint _clockOffset;
    private SendQueue _send;
    private ReceiveQueue _receive;
    private AckList _acks;
    private RoundTripEstimator _roundTrip = RoundTripEstimator.Start();
    private CongestionControl _congestion;
    private WindowProbe _probe;
    private ResendSchedule _resends = ResendSchedule.Start();
    private ResendCredit _credit;
    private LossMemory _losses;
    private FecExchange _fec;
    private PeerProof _proof;
    private uint _lastFlush;
    private uint _ackDue;
    private int _remoteWindow = 32;
    private ushort _mss;
    private bool _flushSoon;
    private bool _tellWindow;
    private bool _isDead;
    private bool _disposed;

    /// <summary>Starts a conversation. This sends nothing.</summary>
    /// <param name="conv">
    /// The conversation's number, the same on both sides. The side that speaks first chooses it (ikcp: <c>conv</c>).
    /// </param>
    /// <param name="options">Its settings.</param>
    /// <param name="context">The context that it shares with the other sessions of its loop.</param>
    /// <param name="clockOffset">
    /// Milliseconds by which the time on the wire is ahead of the owner's clock. With <see cref="KcpOptions.RequireProof"/>, pass a random
    /// number: the peer's proof is that it echoes this time, which must not be guessable.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public KcpSession(uint conv, KcpOptions options, KcpContext context, uint clockOffset = 0)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        _context = context ?? throw new ArgumentNullException(nameof(context));
        options.Validate();
        Conv = conv;
        _clockOffset = clockOffset;
        _proof = new PeerProof(options.RequireProof, options.StreamMode);
        _fec = new FecExchange(context.Shards, new FecShape(options.Fec.DataShards, options.Fec.ParityShards), options.Fec.IsMirror);
        _mss = MaxSegment();
        _congestion = CongestionControl.Start(_mss);
    }

    /// <summary>The conversation's number (ikcp: <c>conv</c>).</summary>
    public uint Conv { get; }

    /// <summary>
    /// Whether the conversation has failed: a segment got no answer after <see cref="KcpOptions.DeadLink"/> transmissions, or an unproven
    /// peer (<see cref="IsPeerProven"/>) guesses what it was sent. Once true, it stays true.
    /// </summary>
    public bool IsDead => _isDead;

    /// <summary>
    /// Whether the peer has proven that it receives what is sent to its address, by echoing the time of a segment. Always true without
    /// <see cref="KcpOptions.RequireProof"/>. Until then, nothing that the peer says about received segments is used.
    /// </summary>
    public bool IsPeerProven => _proof.IsProven;

    /// <summary>Most payload bytes of one segment: the mtu less all headers (ikcp: <c>mss</c>).</summary>
    public int MaxSegmentSize => _mss;

    /// <summary>Smoothed round trip time in milliseconds, 0 before the first acknowledgement (ikcp: <c>rx_srtt</c>).</summary>
    public int SmoothedRoundTrip => _roundTrip.Smoothed;

    /// <summary>Retransmission timeout in milliseconds (ikcp: <c>rx_rto</c>).</summary>
    public int RetransmissionTimeout => _roundTrip.Rto;

    /// <summary>Segments that the peer can still take, as it last reported (ikcp: <c>rmt_wnd</c>).</summary>
    public int RemoteWindow => _remoteWindow;

    /// <summary>
    /// The congestion window in segments (ikcp: <c>cwnd</c>). Meaningless with <see cref="KcpOptions.NoCongestionWindow"/>.
    /// </summary>
    public int CongestionWindow => (int)_congestion.Size;

    /// <summary>The (data, parity) shape in which the peer sends FEC; (0, 0) until it is certain.</summary>
    public (int DataShards, int ParityShards) PeerFec => (_fec.PeerShape.Data, _fec.PeerShape.Parity);

    /// <summary>The part to keep after the session has ended, to answer late datagrams.</summary>
    public KcpRemains Remains => new(Conv, _receive.Next);

    /// <summary>
    /// Makes an unproven peer prove its address before it is sent anything else. It is sent an empty PUSH with the number before the first:
    /// every ikcp acknowledges that, and delivers nothing. A copy goes out with the next <see cref="Update"/> and then every half second,
    /// ten at most. <see cref="IsPeerProven"/> turns true when the answer arrives. Does nothing if the peer is proven or was challenged
    /// before.
    /// </summary>
    /// <param name="now">The owner's clock, milliseconds.</param>
    public void ChallengePeer(long now) => _proof.Challenge(unchecked((uint)now + _clockOffset));

    /// <summary>Returns every buffer to the context. Data not yet consumed or acknowledged is lost.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _isDead = true;
        _send.Clear(_context.Segments);
        _receive.Clear(_context.Segments);
        _acks.Clear(_context.Segments);
        _fec.Release();
    }

    // Tests compare what is sent with it.
    internal int Unacknowledged => _send.Unacknowledged;

    // Tests move the counters close to their wrap.
    internal void StartAt(uint sendSequence, uint receiveSequence)
    {
        _send.StartAt(sendSequence);
        _receive.StartAt(receiveSequence);
    }

    private ushort MaxSegment() => (ushort)(_options.Mtu - _options.ReservedBytes - Segment.HeaderSize - _fec.Overhead);
}
