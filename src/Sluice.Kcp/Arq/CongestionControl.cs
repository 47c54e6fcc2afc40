namespace Sluice.Kcp.Arq;

/// <summary>
/// ikcp's cwnd, ssthresh and incr: slow start, then additive increase. Loss shown by acknowledgements halves it; a timeout sets it to one.
/// </summary>
internal struct CongestionControl
{
    private const uint SmallestThreshold = 2;
    private uint _threshold;
    private uint _increment;

    /// <summary>cwnd, in segments.</summary>
    public uint Size { get; private set; }

    public static CongestionControl Start(int mss) => new() { Size = 1, _increment = (uint)mss, _threshold = SmallestThreshold };

    /// <summary>Grows after a datagram moved una forward.</summary>
    public void Acknowledged(uint remoteWindow, int mss)
    {
        if (Size >= remoteWindow)
        {
            return;
        }

        uint unit = (uint)mss;
        if (Size < _threshold)
        {
            Size++;
            _increment += unit;
        }
        else
        {
            _increment = Math.Max(_increment, unit);
            _increment += (unit * unit / _increment) + (unit / 16);
            if ((Size + 1) * unit <= _increment)
            {
                Size = (_increment + unit - 1) / unit;
            }
        }

        if (Size > remoteWindow)
        {
            Size = remoteWindow;
            _increment = remoteWindow * unit;
        }
    }

    /// <summary>Shrinks after overtaken segments were resent.</summary>
    public void Overtaken(int inFlight, int fastResend, int mss)
    {
        _threshold = Math.Max((uint)inFlight / 2, SmallestThreshold);

        // With fast resend off, kcp-go adds 2^32 - 1, which wraps to one less.
        Size = fastResend > 0 ? _threshold + (uint)fastResend : _threshold - 1;
        _increment = Size * (uint)mss;
    }

    /// <summary>Starts again after segments were resent because of a timeout.</summary>
    public void TimedOut(uint window, int mss)
    {
        _threshold = Math.Max(window / 2, SmallestThreshold);
        Size = 1;
        _increment = (uint)mss;
    }
}
