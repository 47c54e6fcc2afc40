namespace Sluice.Gateway.Logging;

/// <summary>Limits a warning that clients can cause at will to one in ten seconds. Safe for use by several threads.</summary>
internal struct WarningInterval()
{
    private const long Milliseconds = 10_000;

    private long _from = long.MinValue;

    /// <summary>Returns true if the warning may be logged now; the interval then begins anew.</summary>
    /// <param name="now">A loop's time, milliseconds.</param>
    public bool TryBegin(long now)
    {
        long from = Interlocked.Read(ref _from);
        return now >= from && Interlocked.CompareExchange(ref _from, now + Milliseconds, from) == from;
    }
}
