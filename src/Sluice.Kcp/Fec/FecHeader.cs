using System.Buffers.Binary;

namespace Sluice.Kcp.Fec;

/// <summary>The first six bytes of an FEC datagram: sequence id and kind.</summary>
internal readonly struct FecHeader
{
    public const int Size = 6;
    private const ushort DataFlag = 0xf1;
    private const ushort ParityFlag = 0xf2;

    private FecHeader(uint id, bool isParity)
    {
        Id = id;
        IsParity = isParity;
    }

    /// <summary>The number of the datagram; data and parity of one sender share the sequence.</summary>
    public uint Id { get; }

    public bool IsParity { get; }

    /// <summary>
    /// Returns whether a datagram has this header. A plain one has a command of 81 to 84 in its place, so they cannot be confused.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out FecHeader header)
    {
        header = default;
        if (datagram.Length < Size)
        {
            return false;
        }

        ushort flag = BinaryPrimitives.ReadUInt16LittleEndian(datagram.Slice(4));
        header = new FecHeader(BinaryPrimitives.ReadUInt32LittleEndian(datagram), flag == ParityFlag);
        return flag is DataFlag or ParityFlag;
    }

    public static void Write(Span<byte> datagram, uint id, bool isParity)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(datagram, id);
        BinaryPrimitives.WriteUInt16LittleEndian(datagram.Slice(4), isParity ? ParityFlag : DataFlag);
    }
}
