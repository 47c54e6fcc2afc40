using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Sluice.Transport.Linux;

/// <summary>struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)).</summary>
internal static class NativeSocketAddress
{
    /// <summary>Room for either form.</summary>
    public const int MaxBytes = 28;

    private const int IPv4Bytes = 16;

    /// <summary>Writes an address in the form of its family and returns how long that is.</summary>
    public static int Write(in NetworkAddress address, bool asIPv6, Span<byte> destination)
    {
        destination.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], address.Port);
        if (address.IsIPv4 && !asIPv6)
        {
            WriteFamily(destination, NativeMethods.AfInet);
            address.WriteIPv4(destination[4..]);
            return IPv4Bytes;
        }

        WriteFamily(destination, NativeMethods.AfInet6);
        address.WriteIPv6(destination[8..]);
        Unsafe.WriteUnaligned(ref destination[24], address.ScopeId);
        return MaxBytes;
    }

    public static NetworkAddress Read(ReadOnlySpan<byte> source)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        return Unsafe.ReadUnaligned<ushort>(in source[0]) == NativeMethods.AfInet
            ? NetworkAddress.FromBytes(source.Slice(4, 4), port)
            : NetworkAddress.FromBytes(source.Slice(8, 16), port, Unsafe.ReadUnaligned<uint>(in source[24]));
    }

    private static void WriteFamily(Span<byte> destination, int family) =>
        Unsafe.WriteUnaligned(ref destination[0], (ushort)family);
}
