namespace Sluice.Registries.Redis;

/// <summary>When nodes expire.</summary>
/// <remarks>
/// Redis reports an expired key only when it finds it, which can be minutes late among thousands of keys with a time to live. A read after
/// the expiry returns at once that the key is gone.
/// </remarks>
internal sealed class Expiries
{
    private readonly Dictionary<string, long> _ends = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, long> _order = new();

    /// <summary>Records when a node expires, in milliseconds of any clock; null = never.</summary>
    public void Set(string name, long? end)
    {
        if (end is not { } time)
        {
            _ends.Remove(name);
        }
        else if (!_ends.TryGetValue(name, out long known) || known != time)
        {
            // An entry with another time is ignored when its turn comes.
            _ends[name] = time;
            _order.Enqueue(name, time);
        }
    }

    /// <summary>Forgets every node.</summary>
    public void Clear()
    {
        _ends.Clear();
        _order.Clear();
    }

    /// <summary>Removes and returns a node that has expired.</summary>
    public bool TryTake(long now, out string name)
    {
        while (_order.TryPeek(out name!, out long time) && time <= now)
        {
            _order.Dequeue();
            if (_ends.TryGetValue(name, out long end) && end == time)
            {
                _ends.Remove(name);
                return true;
            }
        }

        return false;
    }
}
