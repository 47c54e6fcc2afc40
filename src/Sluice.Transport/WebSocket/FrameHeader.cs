using System.Buffers.Binary;

namespace Sluice.Transport.WebSocket;

/// <summary>
/// The head of a client's frame, judged by every rule that needs nothing but the head itself (RFC 6455 section 5.2 and 5.5).
/// </summary>
internal readonly struct FrameHeader
{
    /// <summary>Longest head: two bytes, a 64-bit length, a mask key.</summary>
    public const int MaxBytes = 14;

    private const int MaxControlPayload = 125;
    private const byte FinBit = 0x80;
    private const byte CompressedBit = 0x40;
    private const byte MaskBit = 0x80;

    private FrameHeader(byte first, ulong length, uint mask, int bytes)
    {
        Opcode = (Opcode)(first & 0x0f);
        IsFinal = (first & FinBit) != 0;
        IsCompressed = (first & CompressedBit) != 0;
        Length = length;
        Mask = mask;
        Bytes = bytes;
    }

    public Opcode Opcode { get; }

    public bool IsFinal { get; }

    public bool IsCompressed { get; }

    public ulong Length { get; }

    /// <summary>The mask key, its first byte lowest.</summary>
    public uint Mask { get; }

    /// <summary>How many bytes the head has.</summary>
    public int Bytes { get; }

    public bool IsControl => Opcode >= Opcode.Close;

    /// <summary>Reads a head as far as it is there.</summary>
    /// <param name="data">Its first bytes, and what follows them.</param>
    /// <param name="mayCompress">Whether permessage-deflate was agreed on, which gives RSV1 a meaning.</param>
    /// <param name="header">The head, if it is complete.</param>
    public static FrameHeaderStatus Read(ReadOnlySpan<byte> data, bool mayCompress, out FrameHeader header)
    {
        header = default;
        if (data.IsEmpty)
        {
            return FrameHeaderStatus.Incomplete;
        }

        byte first = data[0];
        var opcode = (Opcode)(first & 0x0f);
        int reserved = first & 0x70;
        bool control = opcode >= Opcode.Close;
        bool mayBeCompressed = mayCompress && opcode is (Opcode.Text or Opcode.Binary);
        if ((reserved & (mayBeCompressed ? 0x30 : 0x70)) != 0
            || (opcode > Opcode.Binary && opcode is < Opcode.Close or > Opcode.Pong)
            || (control && (first & FinBit) == 0))
        {
            return FrameHeaderStatus.Invalid;
        }

        if (data.Length < 2)
        {
            return FrameHeaderStatus.Incomplete;
        }

        int length7 = data[1] & 0x7f;
        if ((data[1] & MaskBit) == 0 || (control && length7 > MaxControlPayload))
        {
            return FrameHeaderStatus.Invalid;
        }

        int maskAt = length7 switch { 126 => 4, 127 => 10, _ => 2 };
        if (data.Length < maskAt)
        {
            return FrameHeaderStatus.Incomplete;
        }

        ulong length = length7 switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(data[2..]),
            127 => BinaryPrimitives.ReadUInt64BigEndian(data[2..]),
            _ => (ulong)length7,
        };
        if ((length7 == 126 && length < 126) || (length7 == 127 && length is <= ushort.MaxValue or > long.MaxValue))
        {
            return FrameHeaderStatus.Invalid;
        }

        // The length is known before the mask key: it may be too big already.
        bool complete = data.Length >= maskAt + 4;
        header = new FrameHeader(first, length, complete ? BinaryPrimitives.ReadUInt32LittleEndian(data[maskAt..]) : 0, maskAt + 4);
        return complete ? FrameHeaderStatus.Complete : FrameHeaderStatus.LengthKnown;
    }
}

/// <summary>How far the head of a frame is known.</summary>
internal enum FrameHeaderStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>Only the mask key is missing.</summary>
    LengthKnown,

    /// <summary>All of it is there.</summary>
    Complete,

    /// <summary>It breaks the protocol.</summary>
    Invalid,
}
