namespace Sluice.Kcp.Arq;

/// <summary>
/// When to examine the segments in flight for resends. That is at most once per millisecond: otherwise a peer that acknowledges one segment
/// at a time would make each of its datagrams cost a scan of the whole window.
/// </summary>
internal struct ResendSchedule
{
    private uint _lastScan;

    public static ResendSchedule Start() => new() { _lastScan = uint.MaxValue };

    /// <summary>The time of the next scan, if a segment is in flight.</summary>
    public uint Next { get; private set; }

    /// <summary>Whether later segments may have overtaken one in flight, so that a scan before <see cref="Next"/> makes sense.</summary>
    public bool AnyOvertaken { get; set; }

    /// <summary>Returns whether to scan now. If so, the caller adds the timers of the segments with <see cref="Include"/>.</summary>
    public bool TryBegin(uint now)
    {
        if (Segment.Distance(now, Next) < 0 && (!AnyOvertaken || now == _lastScan))
        {
            return false;
        }

        AnyOvertaken = false;
        _lastScan = now;
        Next = unchecked(now + int.MaxValue);
        return true;
    }

    /// <summary>Adds the timer of a segment in flight.</summary>
    public void Include(uint resendAt)
    {
        if (Segment.Distance(resendAt, Next) < 0)
        {
            Next = resendAt;
        }
    }

    /// <summary>Forgets all timers but this one.</summary>
    public void Reset(uint resendAt) => Next = resendAt;

    /// <summary>Scans as soon as allowed, because resends that were held back may go out now.</summary>
    public void ScanSoon(uint now)
    {
        AnyOvertaken = true;
        Next = now == _lastScan ? unchecked(now + 1) : now;
    }
}
