namespace Sluice.Kcp.Arq;

/// <summary>Whether the link has lost segments lately, judged by resends.</summary>
internal struct LossMemory
{
    /// <summary>After this many milliseconds without a resend the link counts as free of loss.</summary>
    private const int Duration = 10_000;

    private uint _lastResend;
    private bool _isLossy;

    public void Resent(uint now) => (_isLossy, _lastResend) = (true, now);

    /// <summary>Returns whether anything was resent lately. Call it in each flush, so that it forgets before the clock wraps.</summary>
    public bool IsLossy(uint now) => _isLossy &= Segment.Distance(now, _lastResend) < Duration;
}
