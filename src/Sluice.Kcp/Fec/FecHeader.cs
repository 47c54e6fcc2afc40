using System.Buffers.Binary;

namespace Sluice.Kcp.Fec;

/// <summary>The six bytes in front of an FEC datagram: sequence id and kind.</summary>
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

    /// <summary>Counts data and parity datagrams of one sender together.</summary>
    public uint Id { get; }

    public bool IsParity { get; }

    /// <summary>True where there is such a header. In a plain datagram the same place holds a command of 81 to 84, so nothing is ambiguous.</summary>
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
