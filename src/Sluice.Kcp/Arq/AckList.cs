using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>acklist: the segments to acknowledge with the next flush.</summary>
internal struct AckList
{
    private Ring<PendingAck> _ring;

    public readonly int Count => _ring.Count;

    public readonly PendingAck this[int index] => _ring[index];

    /// <summary>The index of the segment that was sent last, by its time stamp. Of several, the one that arrived last.</summary>
    public readonly int Latest
    {
        get
        {
            int latest = Count - 1;
            for (int i = latest - 1; i >= 0; i--)
            {
                latest = Segment.Distance(_ring[i].Timestamp, _ring[latest].Timestamp) > 0 ? i : latest;
            }

            return latest;
        }
    }

    /// <summary>
    /// Adds a segment. Beyond <paramref name="limit"/> the oldest is forgotten, so that repeated segments between two flushes cost no
    /// memory. Una covers the forgotten one, or the peer resends it.
    /// </summary>
    public void Add(SegmentMemory memory, uint sequence, uint timestamp, int limit)
    {
        if (_ring.Count >= limit)
        {
            _ring.RemoveFirst(memory.AckLists);
        }

        _ring.AddLast(memory.AckLists) = new PendingAck(sequence, timestamp);
    }

    public void Clear(SegmentMemory memory) => _ring.Clear(memory.AckLists);
}
