namespace Sluice.Transport;

/// <summary>
/// A handler that takes what arrived in several buffers at once, so that one system call can send it on (KCP: segments in order).
/// </summary>
public interface IGatheringHandler : IConnectionHandler
{
    /// <summary>
    /// The most buffers that are handed over at once: so many of the largest segments (1,500 bytes) fit into a buffer of the loop of the
    /// usual size.
    /// </summary>
    const int MaxParts = 32;

    /// <summary>Bytes arrived. They are valid until this returns; what must outlive it is copied.</summary>
    /// <param name="parts">In their order; none is empty, together they fit into a buffer of the loop.</param>
    void Received(ReadOnlySpan<ReadOnlyMemory<byte>> parts);
}
