namespace Sluice.Transport.Kcp;

/// <summary>
/// How many datagrams of live sessions a loop has taken lately, to distinguish a busy loop from one whose clients should not wait. Bulk is
/// not counted: what comes
/// between two bursts of it, acknowledgements, is followed by nothing.
/// </summary>
internal sealed class ArrivalRate
{
    /// <summary>
    /// This many per millisecond are many: a loop that waits 0.2 ms then finds a few more, and passes all of them on for about what one
    /// costs. An echo of
    /// 64 bytes over 100 sessions costs two thirds of the time by it (docs/performance.md). Below, a datagram is passed on at once.
    /// </summary>
    private const double Many = 8;

    /// <summary>Milliseconds over which the rate is averaged.</summary>
    private const double Memory = 8;

    private double _perMillisecond;
    private long _since;
    private int _counted;

    /// <summary>True while many arrive.</summary>
    public bool AreMany => _perMillisecond >= Many;

    /// <summary>Counts datagrams of a turn.</summary>
    /// <param name="count">How many.</param>
    /// <param name="now">The loop's time in milliseconds; it never goes back.</param>
    public void Add(int count, long now)
    {
        if (now > _since)
        {
            double elapsed = now - _since;
            _perMillisecond += ((_counted / elapsed) - _perMillisecond) * Math.Min(1, elapsed / Memory);
            _since = now;
            _counted = 0;
        }

        _counted += count;
    }
}
