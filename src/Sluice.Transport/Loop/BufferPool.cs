using Sluice.Kcp.Buffers;

namespace Sluice.Transport.Loop;

/// <summary>Buffers of one size, reused by everything on one loop. Not thread-safe: a loop's code runs on one thread.</summary>
public sealed class BufferPool
{
    private readonly FreeList<byte[]> _free = new();
    private readonly long _keptBytes;

    /// <param name="bufferBytes">Size of every buffer.</param>
    /// <param name="keptBytes">Most bytes of returned buffers that are kept for reuse.</param>
    internal BufferPool(int bufferBytes, long keptBytes)
    {
        BufferBytes = bufferBytes;
        _keptBytes = keptBytes;
    }

    /// <summary>Size of every buffer, in bytes.</summary>
    public int BufferBytes { get; }

    /// <summary>Buffers that are rented and not yet returned.</summary>
    public int Rented { get; private set; }

    /// <summary>Bytes of buffers that wait for reuse.</summary>
    internal long RetainedBytes => (long)_free.Count * BufferBytes;

    /// <summary>Takes a buffer; its content is arbitrary.</summary>
    public byte[] Rent()
    {
        Rented++;
        return _free.TryTake(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    }

    /// <summary>Gives back a buffer that <see cref="Rent"/> gave out; the caller no longer touches it.</summary>
    public void Return(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Rented--;
        if (RetainedBytes + BufferBytes <= _keptBytes)
        {
            _free.Add(buffer);
        }
    }

    /// <summary>Leaves to the garbage collector the kept buffers that were not needed since the last call.</summary>
    internal void Trim() => _free.Trim();
}
