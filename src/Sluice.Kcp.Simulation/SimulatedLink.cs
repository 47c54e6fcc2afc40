namespace Sluice.Kcp.Simulation;

/// <summary>
/// One direction of a link in virtual time, which the caller passes in. The same seed and the same calls give every datagram the same fate.
/// </summary>
public sealed class SimulatedLink
{
    private readonly LinkQueue<object?> _queue;

    /// <summary>Creates an idle link.</summary>
    /// <param name="conditions">The conditions of the link. <see cref="Conditions"/> can change it later.</param>
    /// <param name="seed">The seed of all random decisions.</param>
    /// <exception cref="ArgumentOutOfRangeException">A condition is out of its range.</exception>
    public SimulatedLink(LinkConditions conditions, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        _queue = new LinkQueue<object?>(conditions, seed);
    }

    /// <summary>The conditions for datagrams sent from now on.</summary>
    public LinkConditions Conditions
    {
        get => _queue.Conditions;
        set => _queue.Conditions = value;
    }

    /// <summary>The counts so far.</summary>
    public LinkCounts Counts => _queue.Counts;

    /// <summary>Datagrams sent over the link.</summary>
    public long Sent => Counts.Sent;

    /// <summary>Bytes sent over the link, plus <see cref="LinkConditions.HeaderBytes"/> for each datagram.</summary>
    public long SentBytes => Counts.SentBytes;

    /// <summary>Datagrams lost at random or dropped at a full queue.</summary>
    public long Lost => Counts.Lost;

    /// <summary>Datagrams that arrived, including copies.</summary>
    public long Delivered => Counts.Delivered;

    /// <summary>When the next datagram arrives, in milliseconds; <see cref="long.MaxValue"/> if none is in transit.</summary>
    public long NextArrival => _queue.NextArrival is var next and not long.MaxValue
        ? (next + TimeSpan.MicrosecondsPerMillisecond - 1) / TimeSpan.MicrosecondsPerMillisecond
        : long.MaxValue;

    /// <summary>Sends a datagram, which is copied.</summary>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="now">Milliseconds, never less than in an earlier call.</param>
    public void Send(ReadOnlySpan<byte> datagram, long now) =>
        _queue.Send(datagram, null, now * TimeSpan.MicrosecondsPerMillisecond);

    /// <summary>Takes the next datagram that has arrived.</summary>
    /// <param name="now">Milliseconds.</param>
    /// <param name="datagram">Its bytes, which the caller may keep.</param>
    /// <returns>False if none has.</returns>
    public bool TryReceive(long now, out byte[] datagram)
    {
        bool any = _queue.TryReceive(now * TimeSpan.MicrosecondsPerMillisecond, out (byte[] Datagram, object? Route) arrived);
        datagram = any ? arrived.Datagram : [];
        return any;
    }
}
