using System.Buffers.Binary;
using System.Text;

namespace Sluice.Registries.ZooKeeper;

/// <summary>Reads ZooKeeper's serialization (jute): big-endian numbers, and texts and buffers after their length in four bytes.</summary>
/// <remarks>It trusts no length: whatever a server claims, nothing is read or allocated beyond the bytes received.</remarks>
internal ref struct JuteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The number of bytes not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    public int ReadInt() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    public long ReadLong() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

    /// <summary>Reads a buffer, valid as long as the bytes it was read from. A null buffer is empty here.</summary>
    public ReadOnlySpan<byte> ReadBuffer() => Take(Math.Max(ReadLength(), 0));

    public string ReadText() => Encoding.UTF8.GetString(ReadBuffer());

    /// <summary>Reads the number of items of a list, never more than fit in the remaining bytes.</summary>
    /// <param name="leastBytes">The fewest bytes that an item takes.</param>
    public int ReadCount(int leastBytes)
    {
        int count = Math.Max(ReadLength(), 0);
        return count <= _rest.Length / leastBytes ? count : throw Short();
    }

    private int ReadLength()
    {
        int length = ReadInt();
        return length >= -1 ? length : throw Short();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Short();
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static ZooKeeperException Short() => new("it sent an answer that is shorter than it claims");
}
