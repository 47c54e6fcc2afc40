using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>
/// One KCP conversation: reliable, ordered bytes (or messages) over datagrams. It owns no socket, clock, thread or lock.
/// The owner calls <see cref="Input"/> for each datagram, reads with <see cref="TryPeek"/> and <see cref="Consume"/>, writes with
/// <see cref="Send"/>, and calls <see cref="Update"/> once after a batch of these and whenever <see cref="NextUpdate"/> says so.
/// </summary>
/// <remarks>
/// Time is the owner's clock in milliseconds from any starting point; only its low 32 bits travel (ikcp: <c>current</c>).
/// KCP knows no end of a conversation on the wire: <see cref="Dispose"/> only gives the memory back.
/// </remarks>
public sealed partial class KcpSession : IDisposable
{
    /// <summary>What <see cref="NextUpdate"/> returns where only a datagram or a write can give the session something to do.</summary>
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
    private ResendCredit _resends;

    // Null while the peer's shape is not known: the context frames for all of those.
    private FecEncoder? _fecEncoder;
    private FecDecoder? _fecDecoder;
    private uint _lastFlush;
    private uint _ackDue;
    private uint _nextResend;
    private uint _lastResend;
    private uint _lastCount = uint.MaxValue;
    private uint _nextFramingId;
    private int _remoteWindow = 32;
    private ushort _mss;
    private FecUse _fecUse;
    private bool _flushSoon;
    private bool _tellWindow;
    private bool _overtakenSeen;
    private bool _losesSegments;
    private bool _isDead;
    private bool _disposed;

    /// <summary>Starts a conversation. Nothing is sent by that.</summary>
    /// <param name="conv">The conversation's number, the same on both sides; the side that speaks first chooses it (ikcp: <c>conv</c>).</param>
    /// <param name="options">Its settings.</param>
    /// <param name="context">What it shares with the other sessions of its loop.</param>
    /// <param name="clockOffset">
    /// Milliseconds by which the time on the wire is ahead of the owner's clock. Only who receives a segment can echo its time, so a random offset
    /// makes the proof of <see cref="KcpOptions.RequireProof"/> one that cannot be guessed.
    /// </param>
    public KcpSession(uint conv, KcpOptions options, KcpContext context, uint clockOffset = 0)
    {
        _options = options ?? throw new ArgumentNullException(nameof(options));
        _context = context ?? throw new ArgumentNullException(nameof(context));
        options.Validate();
        Conv = conv;
        _clockOffset = clockOffset;
        _proven = !options.RequireProof;
        _fecUse = options.Fec.IsNone ? FecUse.Plain : options.Fec.IsMirror ? FecUse.Undecided : FecUse.Framed;
        if (_fecUse == FecUse.Framed)
        {
            _fecEncoder = new FecEncoder(context, new FecShape(options.Fec.DataShards, options.Fec.ParityShards));
        }

        _mss = (ushort)MaxSegment(_fecUse);
        _congestion = CongestionControl.Start(_mss);
    }

    private enum FecUse : byte
    {
        /// <summary>Mirror mode before the first datagram.</summary>
        Undecided,
        Plain,
        Framed,
    }

    /// <summary>The conversation's number (ikcp: <c>conv</c>).</summary>
    public uint Conv { get; }

    /// <summary>
    /// True after <see cref="KcpOptions.DeadLink"/> unanswered transmissions of a segment: the peer is gone. So is one that is not proven
    /// (<see cref="IsPeerProven"/>) and guesses what it was sent. It stays true.
    /// </summary>
    public bool IsDead => _isDead;

    /// <summary>Most payload bytes of one segment: the mtu less all headers (ikcp: <c>mss</c>).</summary>
    public int MaxSegmentSize => _mss;

    /// <summary>Smoothed round trip time in milliseconds, 0 before the first acknowledgement (ikcp: <c>rx_srtt</c>).</summary>
    public int SmoothedRoundTrip => _roundTrip.Smoothed;

    /// <summary>Retransmission timeout in milliseconds (ikcp: <c>rx_rto</c>).</summary>
    public int RetransmissionTimeout => _roundTrip.Rto;

    /// <summary>Segments that the peer can still take, as it last said (ikcp: <c>rmt_wnd</c>).</summary>
    public int RemoteWindow => _remoteWindow;

    /// <summary>The congestion window in segments (ikcp: <c>cwnd</c>); without meaning where it is switched off.</summary>
    public int CongestionWindow => (int)_congestion.Size;

    /// <summary>The (data, parity) shape in which the peer was found to send FEC; (0, 0) before it is certain.</summary>
    public (int DataShards, int ParityShards) PeerFec => _fecDecoder is { } decoder ? (decoder.Shape.Data, decoder.Shape.Parity) : default;

    /// <summary>What to remember when the session is over.</summary>
    public KcpRemains Remains => new(Conv, _receive.Next);

    /// <summary>Gives every buffer back. Data not yet consumed or acknowledged is lost.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _isDead = true;
        _send.Clear(_context);
        _receive.Clear(_context);
        _acks.Clear(_context);
        _fecEncoder?.Release();
        _fecDecoder?.Release();
    }

    // Tests compare what is sent with it.
    internal int Unacknowledged => _send.Unacknowledged;

    // Tests move the counters close to their wrap.
    internal void StartAt(uint sendSequence, uint receiveSequence)
    {
        _send.StartAt(sendSequence);
        _receive.StartAt(receiveSequence);
    }

    private int MaxSegment(FecUse use) =>
        _options.Mtu - _options.ReservedBytes - Segment.HeaderSize - (use == FecUse.Plain ? 0 : Segment.FecOverhead);
}
