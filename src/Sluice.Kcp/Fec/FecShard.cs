using System.Buffers.Binary;
using Sluice.Kcp.Arq;

namespace Sluice.Kcp.Fec;

/// <summary>
/// One datagram of a group, without its six-byte header. A data shard starts with its size in two bytes, which are included.
/// </summary>
internal struct FecShard
{
    public const int SizeField = 2;

    /// <summary>The size of the shortest shard: one segment without payload.</summary>
    public const int MinSize = SizeField + Segment.HeaderSize;

    /// <summary>Rented; null if the shard is missing.</summary>
    public byte[]? Buffer;

    public int Length;

    public readonly ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    /// <summary>Returns the segments of a received data shard. Its size must equal its length, or restoring its group would fail.</summary>
    public static bool TryGetSegments(ReadOnlySpan<byte> shard, out ReadOnlySpan<byte> segments)
    {
        segments = default;
        if (shard.Length < SizeField || BinaryPrimitives.ReadUInt16LittleEndian(shard) != shard.Length)
        {
            return false;
        }

        segments = shard.Slice(SizeField);
        return true;
    }

    /// <summary>
    /// Returns the segments of a restored shard. It is as long as the longest of its group, so zeros must follow its contents.
    /// </summary>
    public static bool TryGetRestored(ReadOnlySpan<byte> shard, out ReadOnlySpan<byte> segments)
    {
        segments = default;
        if (shard.Length < SizeField)
        {
            return false;
        }

        int size = BinaryPrimitives.ReadUInt16LittleEndian(shard);
        if (size < SizeField || size > shard.Length)
        {
            return false;
        }

        foreach (byte padding in shard.Slice(size))
        {
            if (padding != 0)
            {
                return false;
            }
        }

        segments = shard.Slice(SizeField, size - SizeField);
        return true;
    }
}
