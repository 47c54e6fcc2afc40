namespace Sluice.Tokens.Verification;

/// <summary>Tokens that were used and must not be used again, each until it is expired. Nothing is forgotten earlier: a full table says so.</summary>
/// <param name="capacity">Most tokens.</param>
internal sealed class UsedTokens(int capacity)
{
    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _used = [];
    private readonly PriorityQueue<UInt128, double> _byExpiry = new();

    /// <summary>Tokens that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _used.Count;
            }
        }
    }

    /// <summary>Notes a token as used; tells whether it was used before, or cannot be remembered.</summary>
    /// <param name="id">The token.</param>
    /// <param name="until">When it may be forgotten, in seconds.</param>
    /// <param name="now">The time, in the same seconds.</param>
    public UseResult Use(UInt128 id, double until, double now)
    {
        lock (_gate)
        {
            while (_byExpiry.TryPeek(out UInt128 expired, out double end) && end < now)
            {
                _byExpiry.Dequeue();
                _used.Remove(expired);
            }

            if (_used.Contains(id))
            {
                return UseResult.UsedBefore;
            }

            if (_used.Count >= capacity)
            {
                return UseResult.Full;
            }

            _used.Add(id);
            _byExpiry.Enqueue(id, until);
            return UseResult.First;
        }
    }
}
