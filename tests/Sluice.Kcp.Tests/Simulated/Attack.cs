using Sluice.Kcp.Simulation;
using Sluice.Kcp.Tests.Sessions;
using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>
/// A proven peer with a plan against a session whose application never stops sending, in virtual time. It sees every datagram of the
/// session and answers with whatever the plan says. Afterwards the bounds are checked that hold for any peer at all.
/// </summary>
internal sealed class Attack : IDisposable
{
    private const uint Conv = 11;
    private const int SmallestRto = 30;

    private readonly AttackPlan _plan;
    private readonly SimulationRandom _random;
    private readonly KcpContext _context = new();
    private readonly RecordingOutput _output = new();
    private readonly KcpOptions _options;
    private readonly KcpSession _session;
    private readonly List<uint> _firstSent = [];
    private readonly List<uint> _lastSent = [];
    private readonly List<bool> _acknowledged = [];
    private readonly byte[] _bulk = new byte[64 * 1024];
    private long _now = 1;
    private long _updates;
    private int _una;
    private int _sweep;
    private uint _next;
    private long _pushesIn;
    private long _asksIn;
    private long _acksOut;
    private long _asksOut;
    private long _tellsOut;
    private long _pushesOut;

    public Attack(AttackPlan plan)
    {
        _plan = plan;
        _random = new SimulationRandom(plan.Seed);
        int window = plan.Choose(0, 32, 256, 256, 1024);
        _options = new KcpOptions
        {
            NoDelay = plan.Choose(1, true, true, false),
            Interval = plan.Choose(2, 10, 10, 40),
            FastResend = plan.Choose(3, 2, 2, 1, 0, 3),
            NoCongestionWindow = plan.Choose(4, true, true, false),
            Bundling = plan.Choose(5, true, false),
            Mtu = plan.Choose(6, 1400, 200),
            AckNoDelay = plan.Choose(7, false, true),
            SendWindow = window,
            ReceiveWindow = window,
            StreamMode = true,
        };
        _session = new KcpSession(Conv, _options, _context);
    }

    public long BytesIn { get; private set; }

    public long BytesOut { get; private set; }

    /// <summary>Bytes of segments sent for the first time: what a peer that follows the rules would have been sent.</summary>
    public long FreshBytes { get; private set; }

    /// <summary>Bytes of everything but data.</summary>
    public long AnswerBytes => 24 * (_acksOut + _asksOut + _tellsOut);

    /// <summary>Transmissions for each segment, but for what a timer repeats at the front of the window.</summary>
    public double Transmissions => (double)(_pushesOut - (_now / SmallestRto)) / Math.Max(1, _firstSent.Count);

    public long Examined => _context.Counters.SegmentsExamined;

    public override string ToString() =>
        $"{BytesIn} bytes in, {BytesOut} out, {FreshBytes} of them fresh, {Examined} segments examined in {_now} ms; plan {_plan}";

    public void Run()
    {
        long end = _plan.Choose(8, 500, 2_000, 10_000, 30_000);
        int pause = _plan.Choose(9, 1, 5, 10, 11, 30, 100, 1000);
        int perTurn = _plan.Choose(10, 1, 1, 2, 8);

        // It begins as any peer does, so that a window is under way.
        _session.Input(Segment(Conv, Tell, 0, window: (ushort)_options.SendWindow), _now);
        Talk();
        for (int turns = 0; _now < end && turns < 5_000 && !_session.IsDead; turns++)
        {
            for (int i = 0; i < perTurn; i++)
            {
                byte[] datagram = Compose();
                BytesIn += datagram.Length;
                _session.Input(datagram, _now);
            }

            Talk();
            for (long until = _now + pause; _now < until && !_session.IsDead;)
            {
                _now = Math.Min(until, Math.Max(_now + 1, _session.NextUpdate(_now)));
                Talk();
            }
        }

        Check();
    }

    public void Dispose()
    {
        _session.Dispose();
        Assert.Equal(0, _context.Buffers.Outstanding);
    }

    private void Talk()
    {
        _session.Consume(_session.ReadableBytes);
        _session.Send(_bulk.AsSpan(0, Math.Min(_bulk.Length, _session.SendRoom)));
        _session.Update(_now, _output);
        _updates++;
        foreach (byte[] datagram in _output.Take())
        {
            BytesOut += datagram.Length;
            foreach (var segment in Read(datagram))
            {
                Note(segment.Command, segment.Sequence, segment.Timestamp, segment.Payload.Length);
            }
        }
    }

    private void Note(byte command, uint sequence, uint timestamp, int length)
    {
        _acksOut += command == Ack ? 1 : 0;
        _asksOut += command == Ask ? 1 : 0;
        _tellsOut += command == Tell ? 1 : 0;
        if (command != Push)
        {
            return;
        }

        _pushesOut++;
        if (sequence == _firstSent.Count)
        {
            FreshBytes += 24 + length;
            _firstSent.Add(timestamp);
            _lastSent.Add(timestamp);
            _acknowledged.Add(false);
        }

        _lastSent[(int)sequence] = timestamp;
    }

    private byte[] Compose()
    {
        List<byte> bytes = [];
        int segments = _plan.Choose(11, 1, 1, 2, 3, 16, 58);
        while (segments-- > 0)
        {
            byte[] segment = Pick(12, Ack, Push, Ask, Tell) switch
            {
                Ack => ComposeAck(),
                Push => ComposePush(),
                byte other => Segment(Conv, other, 0, una: Una(), window: WindowTold()),
            };
            _asksIn += segment[4] == Ask ? 1 : 0;
            bytes.AddRange(bytes.Count + segment.Length <= KcpOptions.MaxDatagram ? segment : []);
        }

        return [.. bytes];
    }

    private byte[] ComposeAck()
    {
        int last = _firstSent.Count - 1;
        _sweep = _sweep <= _una || _sweep > last ? last : _sweep - 1;
        int place = Pick(16, 0, 1, 2, 3, 4, 5) switch
        {
            0 => last,
            1 => _sweep,
            2 => _una,
            3 => Math.Min(last, _una + 1),
            4 => _una + _random.Next(last - _una + 1),
            _ => last + _random.Next(5),
        };
        uint timestamp = Pick(22, 0, 1, 2, 3, 4) switch
        {
            0 => _lastSent[Math.Clamp(place, 0, last)],
            1 => _firstSent[Math.Clamp(place, 0, last)],
            2 => (uint)_now,
            3 => uint.MaxValue / 2,
            _ => (uint)_random.NextBits(),
        };
        if (place <= last)
        {
            _acknowledged[Math.Max(0, place)] = true;
        }

        return Segment(Conv, Ack, (uint)place, una: Una(), timestamp: timestamp, window: WindowTold());
    }

    private byte[] ComposePush()
    {
        _pushesIn++;
        uint sequence = _plan.Choose(27, 0u, 1u, 2u, 3u) switch
        {
            0 => _next++,
            1 => 0,
            2 => _next + (uint)_random.Next(_options.ReceiveWindow),
            _ => (uint)_random.NextBits(),
        };
        return Segment(Conv, Push, sequence, new byte[_plan.Choose(28, 0, 1)], una: Una(), window: WindowTold());
    }

    private uint Una()
    {
        if (_random.Next(16) < _plan.Choose(29, 0, 1, 8, 16))
        {
            while (_una < _acknowledged.Count - 1 && _acknowledged[_una])
            {
                _una++;
            }
        }

        return _plan.Choose(30, 0, 0, 0, 1, 2) switch
        {
            0 => (uint)_una,
            1 => (uint)(_una - _random.Next(3)),
            _ => _random.Next(8) == 0 ? (uint)_random.NextBits() : (uint)_una,
        };
    }

    private ushort WindowTold() => _plan.Choose(31, 0, 0, 1, 2, 3) switch
    {
        0 => ushort.MaxValue,
        1 => (ushort)(_random.Next(2) * _options.SendWindow),
        2 => (ushort)_random.Next(_options.SendWindow),
        _ => (ushort)(_random.Next(4) == 0 ? 0 : 1),
    };

    private T Pick<T>(int gene, params ReadOnlySpan<T> choices)
    {
        int total = 0;
        for (int i = 0; i < choices.Length; i++)
        {
            total += 1 + _plan.Weight(gene + i);
        }

        int drawn = _random.Next(total);
        int chosen = 0;
        while ((drawn -= 1 + _plan.Weight(gene + chosen)) >= 0)
        {
            chosen++;
        }

        return choices[chosen];
    }

    private void Check()
    {
        KcpCounters counters = _context.Counters;
        int window = _options.SendWindow;
        long acknowledged = counters.SegmentsSent - _session.Unacknowledged;
        long resends = counters.FastResends + counters.EarlyResends + counters.TimeoutResends;

        // Each segment pays for three resends when it is sent and for three when it is acknowledged, and the first one is repeated by its
        // timer all the same.
        long first = acknowledged + 1 + (_now / SmallestRto);
        Below(resends, (3 * (counters.SegmentsSent + acknowledged)) + first, nameof(resends));
        Below(counters.BundledResends, counters.SegmentsSent, "bundled");
        Below(_pushesOut, counters.SegmentsSent + counters.BundledResends + resends, "pushes");

        // Everything else answers something, one for one, but for a question that a clock asks.
        Below(_acksOut, _pushesIn, "acks");
        Below(_tellsOut, _asksIn + _pushesIn, "tells");
        Below(_asksOut, 1 + (_now / 7_000), "asks");

        // The window is looked through twice in a millisecond at most, and a part of it with each update.
        Below(Examined, (2 * window * _now) + (64 * _updates), "examined");
        Below(_context.Buffers.Outstanding, 4 * window, "buffers");
    }

    private void Below(long value, long bound, string what) => Assert.True(value <= bound, $"{what}: {value} is more than {bound}; {this}");
}
