namespace Sluice.Transport.Loop;

/// <summary>Buffers of one size, reused by everything on one loop. Not thread-safe: a loop's code runs on one thread.</summary>
public sealed class BufferPool
{
    private readonly Stack<byte[]> _free = new();
    private readonly int _keep;

    internal BufferPool(int bufferBytes, int keep)
    {
        BufferBytes = bufferBytes;
        _keep = keep;
    }

    /// <summary>Size of every buffer, in bytes.</summary>
    public int BufferBytes { get; }

    /// <summary>Buffers that are rented and not yet returned.</summary>
    public int Rented { get; private set; }

    /// <summary>Takes a buffer; its content is arbitrary.</summary>
    public byte[] Rent()
    {
        Rented++;
        return _free.TryPop(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    }

    /// <summary>Gives back a buffer that <see cref="Rent"/> gave out; the caller no longer touches it.</summary>
    public void Return(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Rented--;
        if (_free.Count < _keep)
        {
            _free.Push(buffer);
        }
    }
}
