using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>Memory for the queues of all sessions of a context: the buffers of segments, and the rings that list them.</summary>
/// <param name="buffers">Payload of segments.</param>
/// <param name="budget">Bounds the rings that are kept for reuse.</param>
internal sealed class SegmentMemory(KcpBufferPool buffers, RingBudget budget)
{
    public KcpBufferPool Buffers => buffers;

    // The sizes are those of the structures on a 64-bit system.
    public RingStorage<SendSegment> SendRings { get; } = new(budget, 40);

    public RingStorage<ReceivedSegment> ReceiveRings { get; } = new(budget, 16);

    public RingStorage<PendingAck> AckLists { get; } = new(budget, 8);

    /// <summary>Frees the rings that were not needed since the last call.</summary>
    public void Trim()
    {
        SendRings.Trim();
        ReceiveRings.Trim();
        AckLists.Trim();
    }
}
