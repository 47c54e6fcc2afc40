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

    /// <summary>Makes a context that keeps at most <paramref name="maxRetainedBytes"/> of returned memory for reuse.</summary>
    /// <param name="maxRetainedBytes">Bytes; what is returned beyond that is left to the garbage collector.</param>
    public KcpContext(long maxRetainedBytes = 32 << 20) => Buffers = new KcpBufferPool(maxRetainedBytes);

    /// <summary>The buffers of segments and shards.</summary>
    public KcpBufferPool Buffers { get; }

    /// <summary>What the sessions of this context did.</summary>
    public KcpCounters Counters { get; } = new();

    internal RingStorage<SendSegment> SendRings { get; } = new();

    internal RingStorage<ReceivedSegment> ReceiveRings { get; } = new();

    internal RingStorage<PendingAck> AckLists { get; } = new();

    internal RingStorage<byte[]> BufferLists { get; } = new();

    internal RingStorage<FecShard> ShardLists { get; } = new();

    internal ReedSolomonCache Codecs { get; } = new();

    /// <summary>Frames datagrams to peers whose shape is not known: it starts where the session stands, and the session notes where it stopped.</summary>
    internal FecEncoder ShapelessFraming => _shapelessFraming ??= new FecEncoder(this, default);
}
