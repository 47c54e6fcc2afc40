using System.Buffers.Binary;
using System.Numerics;
using Sluice.Transport;

namespace Sluice.Gateway.ProxyProtocol;

/// <summary>
/// Version 2: binary, with further values after the addresses (section 2.2 of the specification). Its numbers are big-endian.
/// </summary>
internal static class ProxyHeaderV2
{
    private const int FixedBytes = 16;
    private const int TlvHeaderBytes = 3;
    private const byte Version2 = 0x20;
    private const byte CommandLocal = 0;
    private const byte CommandProxy = 1;
    private const byte StreamOverIPv4 = 0x11;
    private const byte StreamOverIPv6 = 0x21;
    private const byte TypeCrc32C = 0x03;

    /// <summary>What no other protocol begins with.</summary>
    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a header from its first byte on.</summary>
    public static ProxyHeaderStatus Parse(ReadOnlySpan<byte> data, out int length, out ProxyHeader header)
    {
        header = default;
        length = 0;
        int known = Math.Min(data.Length, Signature.Length);
        if (!data[..known].SequenceEqual(Signature[..known])
            || (data.Length > 12 && data[12] is not (Version2 | CommandLocal or Version2 | CommandProxy)))
        {
            return ProxyHeaderStatus.Invalid;
        }

        if (data.Length < FixedBytes)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        length = FixedBytes + BinaryPrimitives.ReadUInt16BigEndian(data[14..]);
        if (length > ProxyHeaderParser.MaxBytes)
        {
            return ProxyHeaderStatus.Invalid;
        }

        if (data.Length < length)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        // LOCAL: everything after the length is to be ignored, the family too.
        return data[12] == (Version2 | CommandLocal) || TryParseBlock(data[..length], out header)
            ? ProxyHeaderStatus.Complete
            : ProxyHeaderStatus.Invalid;
    }

    /// <summary>Writes a header for a stream. Where the two families differ, both are written as IPv6.</summary>
    /// <param name="source">The client.</param>
    /// <param name="destination">What it connected to.</param>
    /// <param name="values">Type and value of what follows the addresses; all together far below 64 KiB.</param>
    public static byte[] Write(
        in NetworkAddress source, in NetworkAddress destination, params ReadOnlySpan<(byte Type, byte[] Value)> values)
    {
        bool ipv4 = source.IsIPv4 && destination.IsIPv4;
        int width = ipv4 ? 4 : 16;
        int total = FixedBytes + (2 * width) + 4;
        foreach ((_, byte[] value) in values)
        {
            total += TlvHeaderBytes + value.Length;
        }

        byte[] bytes = new byte[total];
        Signature.CopyTo(bytes);
        bytes[12] = Version2 | CommandProxy;
        bytes[13] = ipv4 ? StreamOverIPv4 : StreamOverIPv6;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)(total - FixedBytes));
        Span<byte> rest = bytes.AsSpan(FixedBytes);
        WriteAddress(source, ipv4, rest);
        WriteAddress(destination, ipv4, rest[width..]);
        rest = rest[(2 * width)..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], destination.Port);
        rest = rest[4..];
        foreach ((byte type, byte[] value) in values)
        {
            rest[0] = type;
            BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)value.Length);
            value.CopyTo(rest[TlvHeaderBytes..]);
            rest = rest[(TlvHeaderBytes + value.Length)..];
        }

        return bytes;
    }

    /// <summary>
    /// Bytes of the address block of a family and transport; -1 for a pair that is not defined. A family or transport that is unspecified
    /// (0) names nobody, and how long its block is, is not known.
    /// </summary>
    private static int AddressBytes(byte pair) => pair switch
    {
        StreamOverIPv4 or 0x12 => 12,
        StreamOverIPv6 or 0x22 => 36,
        0x31 or 0x32 => 216,
        0x00 or 0x01 or 0x02 or 0x10 or 0x20 or 0x30 => 0,
        _ => -1,
    };

    private static bool TryParseBlock(ReadOnlySpan<byte> data, out ProxyHeader header)
    {
        header = default;
        int addresses = AddressBytes(data[13]);
        if (addresses <= 0)
        {
            // Everything after the length of an unspecified one is to be ignored.
            return addresses == 0;
        }

        if (FixedBytes + addresses > data.Length || !AreGood(data, FixedBytes + addresses))
        {
            return false;
        }

        if (addresses is 12 or 36)
        {
            int width = addresses == 12 ? 4 : 16;
            ReadOnlySpan<byte> block = data.Slice(FixedBytes, addresses);
            ReadOnlySpan<byte> ports = block[(2 * width)..];
            header = ProxyHeader.Of(
                NetworkAddress.FromBytes(block[..width], BinaryPrimitives.ReadUInt16BigEndian(ports)),
                NetworkAddress.FromBytes(block.Slice(width, width), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
        }

        return true;
    }

    /// <summary>Returns whether each further value ends within the header, and the checksum, if any, is right.</summary>
    private static bool AreGood(ReadOnlySpan<byte> data, int start)
    {
        for (int at = start; at < data.Length;)
        {
            if (data.Length - at < TlvHeaderBytes)
            {
                return false;
            }

            int value = at + TlvHeaderBytes;
            int valueLength = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 1)..]);
            if (valueLength > data.Length - value
                || (data[at] == TypeCrc32C && (valueLength != sizeof(uint) || !HasChecksum(data, value))))
            {
                return false;
            }

            at = value + valueLength;
        }

        return true;
    }

    /// <summary>CRC-32C of the whole header, in which the checksum itself counts as four zeros.</summary>
    private static bool HasChecksum(ReadOnlySpan<byte> data, int place)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < data.Length; i++)
        {
            bool own = i >= place && i < place + sizeof(uint);
            crc = BitOperations.Crc32C(crc, own ? (byte)0 : data[i]);
        }

        return ~crc == BinaryPrimitives.ReadUInt32BigEndian(data[place..]);
    }

    private static void WriteAddress(in NetworkAddress address, bool ipv4, Span<byte> destination)
    {
        if (ipv4)
        {
            address.WriteIPv4(destination);
        }
        else
        {
            address.WriteIPv6(destination);
        }
    }
}
