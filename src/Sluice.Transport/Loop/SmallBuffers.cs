namespace Sluice.Transport.Loop;

/// <summary>
/// Buffers of a loop that are smaller than those of its <see cref="EventLoop.Buffers"/>: powers of two from 256 bytes on.
/// </summary>
internal sealed class SmallBuffers
{
    private const int SmallestShift = 8;

    /// <summary>Most bytes of each size that are kept for reuse: those of 5,000 sessions that hold a message of 800 bytes each.</summary>
    private const int KeptBytes = 5 * 1024 * 1024;

    private readonly BufferPool[] _sizes;

    /// <param name="maxBytes">Size of the largest buffer, or somewhat more.</param>
    public SmallBuffers(int maxBytes)
    {
        IEnumerable<int> sizes = Enumerable.Range(SmallestShift, 16).Select(shift => 1 << shift).TakeWhile(bytes => bytes <= maxBytes);
        _sizes = [.. sizes.Select(bytes => new BufferPool(bytes, KeptBytes))];
    }

    /// <summary>Size of the largest buffer, in bytes.</summary>
    public int MaxBytes => _sizes[^1].BufferBytes;

    /// <summary>Takes a buffer of at least that size, which is <see cref="MaxBytes"/> at most; its content is arbitrary.</summary>
    public byte[] Rent(int bytes) => PoolOf(bytes).Rent();

    /// <summary>Gives back a buffer that <see cref="Rent"/> gave out.</summary>
    public void Return(byte[] buffer) => PoolOf(buffer.Length).Return(buffer);

    public void Trim() => Array.ForEach(_sizes, size => size.Trim());

    private BufferPool PoolOf(int bytes) => _sizes[Math.Max(0, int.Log2(Math.Max(1, bytes - 1)) + 1 - SmallestShift)];
}
