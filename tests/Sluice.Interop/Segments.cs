using System.Buffers.Binary;

namespace Sluice.Interop;

internal enum DatagramKind
{
    Plain,
    FecData,
    FecParity,
}

/// <summary>One KCP segment as it appears on the wire.</summary>
internal sealed record WireSegment(
    uint Conv, byte Command, byte Fragment, ushort Window, uint Timestamp, uint Sequence, uint Una, byte[] Payload);

/// <summary>Reads and writes KCP's bytes independently of the code under test.</summary>
internal static class Segments
{
    public const byte Push = 81;
    public const byte Ack = 82;
    public const byte AskWindow = 83;
    public const byte TellWindow = 84;
    public const int HeaderBytes = 24;
    public const int FecHeaderBytes = 8;

    public static DatagramKind KindOf(ReadOnlySpan<byte> datagram) =>
        datagram.Length < 6 ? DatagramKind.Plain : BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]) switch
        {
            0xf1 => DatagramKind.FecData,
            0xf2 => DatagramKind.FecParity,
            _ => DatagramKind.Plain,
        };

    public static byte[] Write(WireSegment segment)
    {
        byte[] bytes = new byte[HeaderBytes + segment.Payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, segment.Conv);
        bytes[4] = segment.Command;
        bytes[5] = segment.Fragment;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), segment.Window);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), segment.Timestamp);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), segment.Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), segment.Una);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), (uint)segment.Payload.Length);
        segment.Payload.CopyTo(bytes, HeaderBytes);
        return bytes;
    }

    /// <summary>Parses the segments of a datagram, after its FEC header if it has one. Fails on anything else.</summary>
    public static List<WireSegment> Read(ReadOnlySpan<byte> datagram)
    {
        if (KindOf(datagram) == DatagramKind.FecData)
        {
            Assert.Equal(datagram.Length - 6, BinaryPrimitives.ReadUInt16LittleEndian(datagram[6..]));
            datagram = datagram[FecHeaderBytes..];
        }

        var all = new List<WireSegment>();
        while (datagram.Length > 0)
        {
            Assert.True(datagram.Length >= HeaderBytes, "a segment is truncated");
            int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(datagram[20..]);
            all.Add(new WireSegment(
                BinaryPrimitives.ReadUInt32LittleEndian(datagram),
                datagram[4],
                datagram[5],
                BinaryPrimitives.ReadUInt16LittleEndian(datagram[6..]),
                BinaryPrimitives.ReadUInt32LittleEndian(datagram[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(datagram[12..]),
                BinaryPrimitives.ReadUInt32LittleEndian(datagram[16..]),
                datagram.Slice(HeaderBytes, length).ToArray()));
            datagram = datagram[(HeaderBytes + length)..];
        }

        return all;
    }
}
