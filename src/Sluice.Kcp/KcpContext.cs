using Sluice.Kcp.Arq;
using Sluice.Kcp.Buffers;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>
/// The memory, Reed-Solomon tables and counters that the sessions of one event loop share. An idle session holds none of that memory.
/// Not thread-safe: use one context per loop, and each session only on the loop of its context.
/// </summary>
public sealed class KcpContext
{
    /// <summary>Creates a context that keeps returned memory for reuse.</summary>
    /// <param name="maxRetainedBytes">
    /// Most bytes of buffers to keep, and half as much for the lists of them. The garbage collector gets what is returned beyond that.
    /// </param>
    public KcpContext(long maxRetainedBytes = 32 << 20)
    {
        Buffers = new KcpBufferPool(maxRetainedBytes);
        var rings = new RingBudget(maxRetainedBytes / 2);
        Segments = new SegmentMemory(Buffers, rings);
        Shards = new ShardMemory(Buffers, rings);
    }

    /// <summary>The buffers of segments and shards.</summary>
    public KcpBufferPool Buffers { get; }

    /// <summary>Totals of all sessions of this context.</summary>
    public KcpCounters Counters { get; } = new();

    /// <summary>
    /// Leaves kept memory that was not needed since the last call to the garbage collector. Call it now and then, for example once a
    /// minute.
    /// </summary>
    public void Trim()
    {
        Buffers.Trim();
        Segments.Trim();
        Shards.Trim();
    }

    internal SegmentMemory Segments { get; }

    internal ShardMemory Shards { get; }
}
