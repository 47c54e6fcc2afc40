namespace Sluice.Kcp.Arq;

/// <summary>
/// Bounds what a peer can have sent again, whatever it acknowledges and in whatever order: each segment pays for a few resends when it is
/// sent for the first time, and for as many when it is acknowledged. A link that loses half of all datagrams each way needs about 3.5
/// resends for each segment.
/// </summary>
internal struct ResendCredit
{
    /// <summary>Resends that a segment pays for each time.</summary>
    public const int PerSegment = 3;

    private int _left;
    private bool _refused;

    /// <summary>Takes one resend. Returns false if there is none left.</summary>
    public bool TryTake()
    {
        if (_left == 0)
        {
            _refused = true;
            return false;
        }

        _left--;
        return true;
    }

    /// <summary>
    /// Adds what segments sent for the first time pay for. No more than that of <paramref name="window"/> segments is kept.
    /// </summary>
    public void Sent(int segments, int window) => _left = Math.Min(_left + (PerSegment * segments), PerSegment * window);

    /// <summary>Adds what newly acknowledged segments pay for. Returns true if a resend was refused since the last time.</summary>
    public bool Acknowledged(int segments, int window)
    {
        Sent(segments, window);
        bool refused = _refused;
        _refused = false;
        return refused;
    }
}
