using Sluice.Kcp;

namespace Sluice.Transport.Kcp;

/// <summary>Sessions that ended lately: late datagrams of theirs must not start them anew.</summary>
/// <remarks>Bounded: if more end than it remembers, the oldest are forgotten first.</remarks>
internal sealed class Tombstones(int capacity)
{
    /// <summary>How long copies of a datagram may still be under way, or sent again by a client that does not know of the end.</summary>
    private const long LifetimeMs = 120_000;

    private readonly Dictionary<KcpPeer, (long Until, KcpRemains Remains)> _buried = [];
    private readonly Queue<KcpPeer> _oldestFirst = new();

    public int Count => _buried.Count;

    public void Add(KcpPeer peer, KcpRemains remains, long now)
    {
        Forget(now);
        if (_buried.TryAdd(peer, (now + LifetimeMs, remains)))
        {
            _oldestFirst.Enqueue(peer);
        }
    }

    public bool TryGet(KcpPeer peer, long now, out KcpRemains remains)
    {
        Forget(now);
        bool found = _buried.TryGetValue(peer, out (long Until, KcpRemains Remains) buried);
        remains = buried.Remains;
        return found;
    }

    private void Forget(long now)
    {
        while (_oldestFirst.TryPeek(out KcpPeer oldest) && (_buried.Count >= capacity || _buried[oldest].Until <= now))
        {
            _oldestFirst.Dequeue();
            _buried.Remove(oldest);
        }
    }
}
