using System.Buffers.Binary;

namespace Sluice.Kcp.Arq;

/// <summary>The 24-byte header of every segment.</summary>
internal readonly struct Segment
{
    public const int HeaderSize = 24;

    /// <summary>Bytes of id, flag and size before the segments of an FEC datagram.</summary>
    public const int FecOverhead = 8;

    public const byte Push = 81;
    public const byte Ack = 82;
    public const byte WindowAsk = 83;
    public const byte WindowTell = 84;

    private Segment(uint conv, byte command, byte fragment, ushort window, uint timestamp, uint sequence, uint una, int length)
    {
        Conv = conv;
        Command = command;
        Fragment = fragment;
        Window = window;
        Timestamp = timestamp;
        Sequence = sequence;
        Una = una;
        Length = length;
    }

    public uint Conv { get; }

    public byte Command { get; }

    /// <summary>frg: fragments of the same message that follow.</summary>
    public byte Fragment { get; }

    /// <summary>wnd: segments that the sender of this segment can still take.</summary>
    public ushort Window { get; }

    /// <summary>ts: the sender's clock. In an ACK, the echo of the acknowledged segment's.</summary>
    public uint Timestamp { get; }

    /// <summary>sn.</summary>
    public uint Sequence { get; }

    /// <summary>una: everything before this number has arrived.</summary>
    public uint Una { get; }

    /// <summary>len: bytes of payload.</summary>
    public int Length { get; }

    public static uint ReadConv(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>
    /// Reads the first segment. Returns false if it is too short, has an unknown command, or claims more payload than there is.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Segment segment)
    {
        segment = default;
        if (bytes.Length < HeaderSize)
        {
            return false;
        }

        byte command = bytes[4];
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(20));
        if (command is < Push or > WindowTell || length > (uint)(bytes.Length - HeaderSize))
        {
            return false;
        }

        segment = new Segment(
            ReadConv(bytes),
            command,
            bytes[5],
            BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(6)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(8)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(12)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(16)),
            (int)length);
        return true;
    }

    public static void Write(
        Span<byte> target, uint conv, byte command, byte fragment, ushort window, uint timestamp, uint sequence, uint una, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, conv);
        target[4] = command;
        target[5] = fragment;
        BinaryPrimitives.WriteUInt16LittleEndian(target.Slice(6), window);
        BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(8), timestamp);
        BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(12), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(16), una);
        BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(20), (uint)length);
    }

    /// <summary>Returns how far <paramref name="later"/> is ahead of <paramref name="earlier"/>, across the 32-bit wrap.</summary>
    public static int Distance(uint later, uint earlier) => unchecked((int)(later - earlier));
}
