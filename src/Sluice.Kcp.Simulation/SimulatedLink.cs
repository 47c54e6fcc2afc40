namespace Sluice.Kcp.Simulation;

/// <summary>
/// One direction of a link in virtual time: the caller says what time it is. The same seed and the same calls give the same fate to every datagram.
/// </summary>
public sealed class SimulatedLink
{
    private readonly LinkQueue<object?> _queue;

    /// <summary>Makes an idle link.</summary>
    /// <param name="conditions">What it does to datagrams; may be changed while it runs.</param>
    /// <param name="seed">Decides what happens to which datagram.</param>
    /// <exception cref="ArgumentOutOfRangeException">A condition is out of its range.</exception>
    public SimulatedLink(LinkConditions conditions, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        _queue = new LinkQueue<object?>(conditions, seed);
    }

    /// <summary>What it does to datagrams from now on.</summary>
    public LinkConditions Conditions
    {
        get => _queue.Conditions;
        set => _queue.Conditions = value;
    }

    /// <summary>What it did so far.</summary>
    public LinkCounts Counts => _queue.Counts;

    /// <summary>Datagrams given to the link.</summary>
    public long Sent => Counts.Sent;

    /// <summary>Bytes given to the link, with <see cref="LinkConditions.HeaderBytes"/> for each datagram.</summary>
    public long SentBytes => Counts.SentBytes;

    /// <summary>Datagrams lost by chance or dropped from a full queue.</summary>
    public long Lost => Counts.Lost;

    /// <summary>Datagrams that arrived, copies included.</summary>
    public long Delivered => Counts.Delivered;

    /// <summary>When the next datagram arrives, in milliseconds, or <see cref="long.MaxValue"/> where none is under way.</summary>
    public long NextArrival => _queue.NextArrival is var next and not long.MaxValue
        ? (next + TimeSpan.MicrosecondsPerMillisecond - 1) / TimeSpan.MicrosecondsPerMillisecond
        : long.MaxValue;

    /// <summary>Sends a datagram, which is copied.</summary>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="now">Milliseconds; never less than at an earlier call.</param>
    public void Send(ReadOnlySpan<byte> datagram, long now) =>
        _queue.Send(datagram, null, now * TimeSpan.MicrosecondsPerMillisecond);

    /// <summary>Takes a datagram that has arrived by now.</summary>
    /// <param name="now">Milliseconds.</param>
    /// <param name="datagram">Its bytes, the caller's to keep.</param>
    /// <returns>False where none has.</returns>
    public bool TryReceive(long now, out byte[] datagram)
    {
        bool any = _queue.TryReceive(now * TimeSpan.MicrosecondsPerMillisecond, out (byte[] Datagram, object? Route) arrived);
        datagram = any ? arrived.Datagram : [];
        return any;
    }
}
