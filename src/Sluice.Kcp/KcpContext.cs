using Sluice.Kcp.Arq;
using Sluice.Kcp.Buffers;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>
/// What the sessions of one event loop share: buffers, ring storage, Reed-Solomon tables and counters. An idle session owns
/// nothing of it. Not thread-safe: one context per loop, and a session is used only where its context is.
/// </summary>
public sealed class KcpContext
{
    private FecEncoder? _shapelessFraming;

    /// <summary>
    /// Makes a context that keeps returned memory for reuse: buffers of segments, and half as much for the lists of them.
    /// </summary>
    /// <param name="maxRetainedBytes">Most bytes of buffers; what is returned beyond that is left to the garbage collector.</param>
    public KcpContext(long maxRetainedBytes = 32 << 20)
    {
        Buffers = new KcpBufferPool(maxRetainedBytes);

        // The sizes are those of the structures on a 64-bit system.
        var rings = new RingBudget(maxRetainedBytes / 2);
        SendRings = new RingStorage<SendSegment>(rings, 40);
        ReceiveRings = new RingStorage<ReceivedSegment>(rings, 16);
        AckLists = new RingStorage<PendingAck>(rings, 8);
        BufferLists = new RingStorage<byte[]>(rings, 8);
        ShardLists = new RingStorage<FecShard>(rings, 16);
    }

    /// <summary>The buffers of segments and shards.</summary>
    public KcpBufferPool Buffers { get; }

    /// <summary>What the sessions of this context did.</summary>
    public KcpCounters Counters { get; } = new();

    /// <summary>
    /// Leaves to the garbage collector the kept memory that was not needed since the last call. Call it now and then, for example once a
    /// minute.
    /// </summary>
    public void Trim()
    {
        Buffers.Trim();
        SendRings.Trim();
        ReceiveRings.Trim();
        AckLists.Trim();
        BufferLists.Trim();
        ShardLists.Trim();
    }

    internal RingStorage<SendSegment> SendRings { get; }

    internal RingStorage<ReceivedSegment> ReceiveRings { get; }

    internal RingStorage<PendingAck> AckLists { get; }

    internal RingStorage<byte[]> BufferLists { get; }

    internal RingStorage<FecShard> ShardLists { get; }

    internal ReedSolomonCache Codecs { get; } = new();

    /// <summary>Frames datagrams to peers whose shape is not known: it starts where the session stands, and the session notes where it stopped.</summary>
    internal FecEncoder ShapelessFraming => _shapelessFraming ??= new FecEncoder(this, default);
}
