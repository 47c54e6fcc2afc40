namespace Sluice.Transport.Kcp;

/// <summary>Sessions that ended lately: late datagrams of theirs must not start them anew.</summary>
/// <remarks>Bounded: where more end than it remembers, the oldest are forgotten first.</remarks>
internal sealed class Tombstones(int capacity)
{
    /// <summary>How long copies of a datagram may still be under way, or sent again by a client that was not told of the end.</summary>
    private const long LifetimeMs = 120_000;

    private readonly Dictionary<KcpPeer, long> _until = [];
    private readonly Queue<KcpPeer> _oldestFirst = new();

    public int Count => _until.Count;

    public void Add(KcpPeer peer, long now)
    {
        Forget(now);
        if (_until.TryAdd(peer, now + LifetimeMs))
        {
            _oldestFirst.Enqueue(peer);
        }
    }

    public bool Contains(KcpPeer peer, long now)
    {
        Forget(now);
        return _until.ContainsKey(peer);
    }

    private void Forget(long now)
    {
        while (_oldestFirst.TryPeek(out KcpPeer oldest) && (_until.Count >= capacity || _until[oldest] <= now))
        {
            _oldestFirst.Dequeue();
            _until.Remove(oldest);
        }
    }
}
