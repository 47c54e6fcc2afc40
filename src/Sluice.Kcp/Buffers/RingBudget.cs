namespace Sluice.Kcp.Buffers;

/// <summary>Limits the bytes that all ring storages of one context keep for reuse.</summary>
internal sealed class RingBudget(long maxBytes)
{
    /// <summary>Bytes kept for reuse.</summary>
    public long RetainedBytes { get; private set; }

    /// <summary>Returns whether an array of this size may be kept, and if so, counts it.</summary>
    public bool TryKeep(int bytes)
    {
        if (RetainedBytes + bytes > maxBytes)
        {
            return false;
        }

        RetainedBytes += bytes;
        return true;
    }

    /// <summary>Counts an array of this size as no longer kept.</summary>
    public void Release(int bytes) => RetainedBytes -= bytes;
}
