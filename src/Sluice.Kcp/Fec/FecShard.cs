using System.Buffers.Binary;
using Sluice.Kcp.Arq;

namespace Sluice.Kcp.Fec;

/// <summary>One datagram of a group without its six-byte header. A data shard starts with its own size, two bytes that count themselves.</summary>
internal struct FecShard
{
    public const int SizeField = 2;

    /// <summary>The shortest shard that a peer sends: one segment without payload.</summary>
    public const int MinSize = SizeField + Segment.HeaderSize;

    /// <summary>Rented; null where the shard is missing.</summary>
    public byte[]? Buffer;

    public int Length;

    public readonly ReadOnlySpan<byte> Span => Buffer.AsSpan(0, Length);

    /// <summary>The segments of a data shard as it came. Its size must be its length, or recovery of its group would go wrong.</summary>
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

    /// <summary>The segments of a restored shard, which is as long as the longest of its group: behind its size there must be zeros.</summary>
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
