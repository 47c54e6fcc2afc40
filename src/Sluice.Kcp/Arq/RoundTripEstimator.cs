namespace Sluice.Kcp.Arq;

/// <summary>Smoothed round trip time, and the timeout computed from it (RFC 6298 with kcp-go's damping of low outliers).</summary>
internal struct RoundTripEstimator
{
    public const int InitialRto = 200;
    public const int MaxRto = 60_000;
    private int _variance;

    public int Smoothed { get; private set; }

    public int Rto { get; private set; }

    public static RoundTripEstimator Start() => new() { Rto = InitialRto };

    public void Sample(int rtt, int interval, int minRto)
    {
        // A round trip longer than the longest timeout echoes a time stamp that was never sent.
        if (rtt is < 0 or > MaxRto)
        {
            return;
        }

        if (Smoothed == 0)
        {
            Smoothed = rtt;
            _variance = rtt >> 1;
        }
        else
        {
            int delta = rtt - Smoothed;
            Smoothed += delta >> 3;
            int deviation = Math.Abs(delta) - _variance;
            _variance += deviation >> (rtt < Smoothed - _variance ? 5 : 2);
        }

        int rto = Smoothed + Math.Max(interval, _variance << 2);
        Rto = Math.Min(Math.Max(rto, minRto), MaxRto);
    }
}
