namespace Sluice.Tokens.Verification;

/// <summary>Remembers used one-time tokens until they expire. None is forgotten earlier: a full table rejects further ones.</summary>
/// <param name="capacity">The most tokens.</param>
internal sealed class UsedTokens(int capacity)
{
    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _used = [];
    private readonly PriorityQueue<UInt128, double> _byExpiry = new();

    /// <summary>The number of tokens.</summary>
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

    /// <summary>Marks a token as used. Returns whether it was used before, or cannot be remembered.</summary>
    /// <param name="id">The token.</param>
    /// <param name="until">When the token may be forgotten, in seconds.</param>
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
