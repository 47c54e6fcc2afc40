namespace Sluice.Kcp.Buffers;

/// <summary>
/// A pool of byte buffers in a few sizes, so that a 60-byte game message does not occupy a whole mtu. On .NET the buffers are pinned, so
/// that system calls may use their address. Not thread-safe.
/// </summary>
public sealed class KcpBufferPool
{
    private const int SmallestShift = 6;
    private const int ClassCount = 6;
    private readonly FreeList<byte[]>[] _free = new FreeList<byte[]>[ClassCount];
    private readonly long _maxRetainedBytes;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="maxRetainedBytes">Most bytes of returned buffers to keep.</param>
    public KcpBufferPool(long maxRetainedBytes)
    {
        _maxRetainedBytes = maxRetainedBytes;
        for (int i = 0; i < ClassCount; i++)
        {
            _free[i] = new FreeList<byte[]>();
        }
    }

    /// <summary>The number of rented buffers.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Bytes of the rented buffers.</summary>
    public long OutstandingBytes { get; private set; }

    /// <summary>Bytes kept for reuse.</summary>
    public long RetainedBytes { get; private set; }

    /// <summary>Returns a buffer with unspecified contents.</summary>
    /// <param name="minimumLength">0 to <see cref="KcpOptions.MaxDatagram"/>.</param>
    /// <returns>A buffer of at least that length. Return it exactly once.</returns>
    public byte[] Rent(int minimumLength)
    {
        int size = ClassOf(minimumLength);
        Outstanding++;
        OutstandingBytes += LengthOf(size);
        if (_free[size].TryTake(out byte[]? buffer))
        {
            RetainedBytes -= buffer.Length;
            return buffer;
        }

#if NET
        return GC.AllocateUninitializedArray<byte>(LengthOf(size), pinned: true);
#else
        return new byte[LengthOf(size)];
#endif
    }

    /// <summary>Takes a buffer back. Do not use it afterwards.</summary>
    /// <param name="buffer">A buffer of <see cref="Rent"/>.</param>
    /// <exception cref="InvalidOperationException">The buffer was not rented here, or was returned twice.</exception>
    public void Return(byte[] buffer)
    {
        if (buffer is null)
        {
            throw new ArgumentNullException(nameof(buffer));
        }

        int size = ClassOf(buffer.Length);
        if (Outstanding == 0 || LengthOf(size) != buffer.Length)
        {
            throw new InvalidOperationException("a buffer came back that was not rented here, or came back twice");
        }

        Outstanding--;
        OutstandingBytes -= buffer.Length;
        if (RetainedBytes + buffer.Length <= _maxRetainedBytes)
        {
            RetainedBytes += buffer.Length;
            _free[size].Add(buffer);
        }
    }

    /// <summary>
    /// Leaves kept buffers that were not needed since the last call to the garbage collector. Call it now and then, for example once a
    /// minute.
    /// </summary>
    public void Trim()
    {
        for (int size = 0; size < ClassCount; size++)
        {
            RetainedBytes -= (long)_free[size].Trim() * LengthOf(size);
        }
    }

    // 64, 128, 256, 512, 1024, 1536: the last holds any datagram.
    private static int LengthOf(int size) => size == ClassCount - 1 ? 1536 : 1 << (SmallestShift + size);

    private static int ClassOf(int length)
    {
        int size = 0;
        while (LengthOf(size) < length)
        {
            if (++size == ClassCount)
            {
                throw new ArgumentOutOfRangeException(nameof(length), "longer than any datagram");
            }
        }

        return size;
    }
}
