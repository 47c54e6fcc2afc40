namespace Sluice.Kcp.Buffers;

/// <summary>Bytes that the ring storages of one context keep for reuse, all of them together.</summary>
internal sealed class RingBudget(long maxBytes)
{
    /// <summary>Bytes that wait for reuse.</summary>
    public long RetainedBytes { get; private set; }

    /// <summary>Returns whether an array of that size may be kept, and counts it if so.</summary>
    public bool TryKeep(int bytes)
    {
        if (RetainedBytes + bytes > maxBytes)
        {
            return false;
        }

        RetainedBytes += bytes;
        return true;
    }

    /// <summary>An array of that size is kept no longer.</summary>
    public void Release(int bytes) => RetainedBytes -= bytes;
}
