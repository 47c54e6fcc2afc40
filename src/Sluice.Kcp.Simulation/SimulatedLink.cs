namespace Sluice.Kcp.Simulation;

/// <summary>
/// One direction of a link in virtual time: the caller says what time it is. The same seed and the same calls give the same fate to every datagram.
/// </summary>
public sealed class SimulatedLink
{
    private const long MicrosecondsPerMillisecond = 1000;
    private readonly SimulationRandom _random;
    private readonly PriorityQueue<byte[], (long Time, long Order)> _underWay = new();
    private long _order;
    private long _busyUntil;

    /// <summary>Makes an idle link.</summary>
    /// <param name="conditions">What it does to datagrams; may be changed while it runs.</param>
    /// <param name="seed">Decides what happens to which datagram.</param>
    public SimulatedLink(LinkConditions conditions, ulong seed)
    {
        Conditions = conditions;
        _random = new SimulationRandom(seed);
    }

    /// <summary>What it does to datagrams from now on.</summary>
    public LinkConditions Conditions { get; set; }

    /// <summary>Datagrams given to the link.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes given to the link, with <see cref="LinkConditions.HeaderBytes"/> for each datagram.</summary>
    public long SentBytes { get; private set; }

    /// <summary>Datagrams lost by chance or dropped from a full queue.</summary>
    public long Lost { get; private set; }

    /// <summary>Datagrams that arrived, copies included.</summary>
    public long Delivered { get; private set; }

    /// <summary>When the next datagram arrives, in milliseconds, or <see cref="long.MaxValue"/> where none is under way.</summary>
    public long NextArrival =>
        _underWay.TryPeek(out _, out (long Time, long Order) first) ? (first.Time + MicrosecondsPerMillisecond - 1) / MicrosecondsPerMillisecond : long.MaxValue;

    /// <summary>Sends a datagram, which is copied.</summary>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="now">Milliseconds; never less than at an earlier call.</param>
    public void Send(ReadOnlySpan<byte> datagram, long now)
    {
        long start = now * MicrosecondsPerMillisecond;
        int size = datagram.Length + Conditions.HeaderBytes;
        Sent++;
        SentBytes += size;
        if (Conditions.Rate > 0)
        {
            start = Math.Max(start, _busyUntil);
            if (start - (now * MicrosecondsPerMillisecond) > Conditions.MaxQueue * MicrosecondsPerMillisecond)
            {
                Lost++;
                return;
            }

            start += size * 1_000_000L / Conditions.Rate;
            _busyUntil = start;
        }

        if (_random.Happens(Conditions.Loss))
        {
            Lost++;
            return;
        }

        Dispatch(datagram, start);
        if (_random.Happens(Conditions.Duplication))
        {
            Dispatch(datagram, start);
        }
    }

    /// <summary>Takes a datagram that has arrived by now.</summary>
    /// <param name="now">Milliseconds.</param>
    /// <param name="datagram">Its bytes, the caller's to keep.</param>
    /// <returns>False where none has.</returns>
    public bool TryReceive(long now, out byte[] datagram)
    {
        if (NextArrival > now)
        {
            datagram = [];
            return false;
        }

        datagram = _underWay.Dequeue();
        Delivered++;
        return true;
    }

    private void Dispatch(ReadOnlySpan<byte> datagram, long start)
    {
        long arrival = start + (Conditions.Delay * MicrosecondsPerMillisecond);
        if (Conditions.Jitter > 0)
        {
            arrival += _random.Next((int)(Conditions.Jitter * MicrosecondsPerMillisecond) + 1);
        }

        if (_random.Happens(Conditions.Reordering))
        {
            arrival += Conditions.ReorderDelay * MicrosecondsPerMillisecond;
        }

        _underWay.Enqueue(datagram.ToArray(), (arrival, _order++));
    }
}
