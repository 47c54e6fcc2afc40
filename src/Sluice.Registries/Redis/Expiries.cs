namespace Sluice.Registries.Redis;

/// <summary>When nodes end by themselves.</summary>
/// <remarks>
/// Redis tells of an expired key when it comes across it, which among thousands of keys with a time to live may be minutes late. Who asks for the
/// key in time is told at once that it is gone.
/// </remarks>
internal sealed class Expiries
{
    private readonly Dictionary<string, long> _ends = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, long> _order = new();

    /// <summary>Notes when a node ends, in milliseconds of any clock; null = never.</summary>
    public void Set(string name, long? end)
    {
        if (end is not { } time)
        {
            _ends.Remove(name);
        }
        else if (!_ends.TryGetValue(name, out long known) || known != time)
        {
            // What is in the order under another time is passed over when its turn comes.
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

    /// <summary>Takes a node whose time has come.</summary>
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
