namespace Sluice.Kcp.Simulation;

/// <summary>
/// Decides the fate of the datagrams of one direction, and holds those in transit. <see cref="SimulatedLink"/> runs it in virtual time,
/// <see cref="UdpLink"/> in real time. The same seed and the same calls give every datagram the same fate in both.
/// </summary>
/// <typeparam name="TRoute">Whatever its owner needs to deliver a datagram besides the bytes.</typeparam>
internal sealed class LinkQueue<TRoute>
{
    /// <summary>Memory of a datagram besides its bytes, so that the limit holds for tiny ones too.</summary>
    private const int BookkeepingBytes = 64;

    private readonly SimulationRandom _random;
    private readonly long _maxBytes;
    private readonly PriorityQueue<(byte[] Datagram, TRoute Route), (long Time, long Order)> _underWay = new();
    private LinkCounts _counts;
    private long _order;
    private long _newestDelivered = -1;
    private long _busyUntil;
    private long _bytes;
    private LinkConditions _conditions;

    /// <summary>Creates an idle queue.</summary>
    /// <param name="conditions">The conditions of the link.</param>
    /// <param name="seed">The seed of all random decisions.</param>
    /// <param name="maxBytes">Most bytes of memory in transit. Datagrams beyond that are lost.</param>
    public LinkQueue(LinkConditions conditions, ulong seed, long maxBytes = long.MaxValue)
    {
        conditions.Validate();
        _conditions = conditions;
        _random = new SimulationRandom(seed);
        _maxBytes = maxBytes;
    }

    public LinkConditions Conditions
    {
        get => _conditions;
        set
        {
            value.Validate();
            _conditions = value;
        }
    }

    public LinkCounts Counts => _counts;

    /// <summary>When the next datagram arrives, in microseconds; <see cref="long.MaxValue"/> if none is in transit.</summary>
    public long NextArrival => _underWay.TryPeek(out _, out (long Time, long Order) first) ? first.Time : long.MaxValue;

    /// <summary>Decides the fate of a datagram.</summary>
    /// <param name="datagram">Its bytes, which are copied.</param>
    /// <param name="route">Returned with the datagram.</param>
    /// <param name="now">Microseconds, never less than in an earlier call.</param>
    public void Send(ReadOnlySpan<byte> datagram, TRoute route, long now)
    {
        long start = now;
        int size = datagram.Length + Conditions.HeaderBytes;
        _counts = _counts with { Sent = _counts.Sent + 1, SentBytes = _counts.SentBytes + size };
        if (Conditions.Rate > 0)
        {
            start = Math.Max(start, _busyUntil);
            if (start - now > Conditions.MaxQueue * TimeSpan.MicrosecondsPerMillisecond)
            {
                Lose();
                return;
            }

            start += size * TimeSpan.MicrosecondsPerSecond / Conditions.Rate;
            _busyUntil = start;
        }

        if (_random.Happens(Conditions.Loss))
        {
            Lose();
            return;
        }

        Dispatch(datagram, route, start);
        if (_random.Happens(Conditions.Duplication))
        {
            _counts = _counts with { Duplicated = _counts.Duplicated + 1 };
            Dispatch(datagram, route, start);
        }
    }

    /// <summary>Takes the next datagram that has arrived.</summary>
    /// <param name="now">Microseconds.</param>
    /// <param name="arrived">The datagram, which the caller may keep, and its route.</param>
    /// <returns>False if none has.</returns>
    public bool TryReceive(long now, out (byte[] Datagram, TRoute Route) arrived)
    {
        if (!_underWay.TryPeek(out arrived, out (long Time, long Order) when) || when.Time > now)
        {
            arrived = default;
            return false;
        }

        _underWay.Dequeue();
        _bytes -= arrived.Datagram.Length + BookkeepingBytes;
        _counts = _counts with
        {
            Delivered = _counts.Delivered + 1,
            Reordered = _counts.Reordered + (when.Order < _newestDelivered ? 1 : 0),
        };
        _newestDelivered = Math.Max(_newestDelivered, when.Order);
        return true;
    }

    private void Dispatch(ReadOnlySpan<byte> datagram, TRoute route, long start)
    {
        long arrival = start + (Conditions.Delay * TimeSpan.MicrosecondsPerMillisecond);
        if (Conditions.Jitter > 0)
        {
            arrival += _random.Next((int)(Conditions.Jitter * TimeSpan.MicrosecondsPerMillisecond) + 1);
        }

        if (_random.Happens(Conditions.Reordering))
        {
            arrival += Conditions.ReorderDelay * TimeSpan.MicrosecondsPerMillisecond;
        }

        int size = datagram.Length + BookkeepingBytes;
        if (_bytes + size > _maxBytes)
        {
            Lose();
            return;
        }

        _bytes += size;
        _underWay.Enqueue((datagram.ToArray(), route), (arrival, _order++));
    }

    private void Lose() => _counts = _counts with { Lost = _counts.Lost + 1 };
}
