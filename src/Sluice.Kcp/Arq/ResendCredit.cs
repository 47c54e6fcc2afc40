namespace Sluice.Kcp.Arq;

/// <summary>
/// Limits the resends that a peer can cause, whatever it acknowledges and in whatever order. Each segment pays for a few resends when it is
/// first sent, and for as many when it is acknowledged. A link that loses half of all datagrams each way needs about 3.5 resends per
/// segment.
/// </summary>
internal struct ResendCredit
{
    /// <summary>Resends that a segment pays for, each time.</summary>
    public const int PerSegment = 3;

    private int _left;
    private bool _isShort;

    /// <summary>Takes one resend. Returns false if there is none left.</summary>
    public bool TryTake()
    {
        if (_left == 0)
        {
            _isShort = true;
            return false;
        }

        _left--;
        return true;
    }

    /// <summary>
    /// Adds the credit of segments sent for the first time. At most the credit of <paramref name="window"/> segments is kept.
    /// </summary>
    public void Sent(int segments, int window) => _left = Math.Min(_left + (PerSegment * segments), PerSegment * window);

    /// <summary>Adds the credit of newly acknowledged segments. Returns whether a resend was rejected since the last call.</summary>
    public bool Acknowledged(int segments, int window)
    {
        Sent(segments, window);
        bool wasShort = _isShort;
        _isShort = false;
        return wasShort;
    }
}
