using System.Buffers.Binary;

namespace Sluice.Testing.Kcp;

/// <summary>Datagrams built byte by byte, without any code of ours.</summary>
internal static class Handmade
{
    public const byte PushCommand = 81;
    public const byte AckCommand = 82;
    public const byte AskCommand = 83;
    public const byte TellCommand = 84;
    public const int HeaderBytes = 24;
    public const int FecBytes = 8;

    public static byte[] Segment(
        uint conv, byte command, uint sn, ReadOnlySpan<byte> payload = default, ushort window = 32, uint una = 0, uint? length = null)
    {
        byte[] bytes = new byte[HeaderBytes + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, conv);
        bytes[4] = command;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), window);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), sn);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), una);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), length ?? (uint)payload.Length);
        payload.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    public static byte[] Push(uint conv, uint sn, ReadOnlySpan<byte> payload = default) => Segment(conv, PushCommand, sn, payload);

    public static byte[] Ack(uint conv, uint sn, uint una) => Segment(conv, AckCommand, sn, una: una);

    public static byte[] FecData(uint id, ReadOnlySpan<byte> segments, int? size = null)
    {
        byte[] bytes = new byte[FecBytes + segments.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, id);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 0xf1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)(size ?? segments.Length + 2));
        segments.CopyTo(bytes.AsSpan(FecBytes));
        return bytes;
    }

    public static byte[] FecParity(uint id, ReadOnlySpan<byte> parity)
    {
        byte[] bytes = new byte[6 + parity.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, id);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 0xf2);
        parity.CopyTo(bytes.AsSpan(6));
        return bytes;
    }

    public static (byte Command, uint Sn, uint Una, ushort Window) Read(ReadOnlySpan<byte> segment) => (
        segment[4],
        BinaryPrimitives.ReadUInt32LittleEndian(segment[12..]),
        BinaryPrimitives.ReadUInt32LittleEndian(segment[16..]),
        BinaryPrimitives.ReadUInt16LittleEndian(segment[6..]));
}
