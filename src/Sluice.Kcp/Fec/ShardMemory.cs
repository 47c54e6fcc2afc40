using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Fec;

/// <summary>
/// Memory that the FEC of all sessions of a context shares: the buffers of shards, the lists of them, and the Reed-Solomon tables.
/// </summary>
/// <param name="buffers">Bytes of shards.</param>
/// <param name="budget">Bounds the lists that are kept for reuse.</param>
internal sealed class ShardMemory(KcpBufferPool buffers, RingBudget budget)
{
    private FecEncoder? _shapelessFraming;

    public KcpBufferPool Buffers => buffers;

    // The sizes are those of the structures on a 64-bit system.
    public RingStorage<byte[]> BufferLists { get; } = new(budget, 8);

    public RingStorage<FecShard> ShardLists { get; } = new(budget, 16);

    public ReedSolomonCache Codecs { get; } = new();

    /// <summary>
    /// Frames datagrams to peers whose shape is unknown. One serves all sessions: each starts it at its own id, and records the id at which
    /// it stopped.
    /// </summary>
    public FecEncoder ShapelessFraming => _shapelessFraming ??= new FecEncoder(this, default);

    /// <summary>Frees the lists that were not needed since the last call.</summary>
    public void Trim()
    {
        BufferLists.Trim();
        ShardLists.Trim();
    }
}
