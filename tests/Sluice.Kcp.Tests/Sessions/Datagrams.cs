using System.Buffers.Binary;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>Writes and reads datagrams by hand, independently of the library.</summary>
internal static class Datagrams
{
    public const byte Push = 81;
    public const byte Ack = 82;
    public const byte Ask = 83;
    public const byte Tell = 84;

    public static byte[] Segment(
        uint conv, byte command, uint sequence, byte[]? payload =
            null, uint una = 0, ushort window = 32, uint timestamp = 0, byte fragment = 0, uint? length = null)
    {
        payload ??= [];
        var bytes = new byte[24 + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, conv);
        bytes[4] = command;
        bytes[5] = fragment;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), window);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), timestamp);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), una);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), length ?? (uint)payload.Length);
        payload.CopyTo(bytes, 24);
        return bytes;
    }

    public static byte[] Framed(uint id, bool parity, byte[] body, ushort? size = null)
    {
        var head = new byte[parity ? 6 : 8];
        BinaryPrimitives.WriteUInt32LittleEndian(head, id);
        head[4] = parity ? (byte)0xf2 : (byte)0xf1;
        if (!parity)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(6), size ?? (ushort)(body.Length + 2));
        }

        return [.. head, .. body];
    }

    /// <summary>The segments of a datagram as (command, sn, ts, una, wnd, payload); FEC framing is stripped.</summary>
    public static List<(
        byte Command, uint Sequence, uint Timestamp, uint Una, ushort Window, byte[] Payload)> Read(ReadOnlySpan<byte> datagram)
    {
        if (datagram[4] == 0xf1)
        {
            datagram = datagram[8..];
        }

        var segments = new List<(byte, uint, uint, uint, ushort, byte[])>();
        while (datagram.Length >= 24)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(datagram[20..]);
            segments.Add((
                datagram[4],
                BinaryPrimitives.ReadUInt32LittleEndian(datagram[12..]),
                BinaryPrimitives.ReadUInt32LittleEndian(datagram[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(datagram[16..]),
                BinaryPrimitives.ReadUInt16LittleEndian(datagram[6..]),
                datagram.Slice(24, length).ToArray()));
            datagram = datagram[(24 + length)..];
        }

        return segments;
    }
}
