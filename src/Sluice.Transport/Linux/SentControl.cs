using System.Runtime.InteropServices;
using static Sluice.Transport.Linux.ControlMessage;

namespace Sluice.Transport.Linux;

/// <summary>Writes the control messages of a send (cmsg(3)).</summary>
internal static class SentControl
{
    /// <summary>Room for all of them.</summary>
    public const int MaxBytes = SegmentSpace + SourceIpv6Space;

    /// <summary>A uint16, padded to a word.</summary>
    private const int SegmentSpace = HeaderBytes + 8;

    /// <summary>struct in_pktinfo (ip(7)), padded to a word.</summary>
    private const int SourceSpace = HeaderBytes + 16;

    /// <summary>struct in6_pktinfo (ipv6(7)), padded to a word.</summary>
    private const int SourceIpv6Space = HeaderBytes + 24;

    /// <summary>Has the message cut into datagrams of this size (UDP GSO). Returns how many bytes that takes.</summary>
    public static int WriteSegment(int bytes, Span<byte> destination)
    {
        WriteHeader(destination, sizeof(ushort), SegmentSpace, NativeMethods.IpProtoUdp, NativeMethods.UdpSegment);
        MemoryMarshal.Write(destination[HeaderBytes..], (ushort)bytes);
        return SegmentSpace;
    }

    /// <summary>
    /// Has the message leave from this address of the machine, by whatever interface the route names, or the one of its zone. Returns how
    /// many bytes that takes.
    /// </summary>
    public static int WriteSource(in NetworkAddress source, bool asIPv6, Span<byte> destination)
    {
        if (asIPv6)
        {
            WriteHeader(destination, PacketInfoIpv6Bytes, SourceIpv6Space, NativeMethods.IpProtoIpv6, NativeMethods.Ipv6PacketInfo);
            source.WriteIPv6(destination[HeaderBytes..]);
            MemoryMarshal.Write(destination[(HeaderBytes + PacketInfoIpv6InterfaceAt)..], source.ScopeId);
            return SourceIpv6Space;
        }

        WriteHeader(destination, PacketInfoBytes, SourceSpace, NativeMethods.IpProtoIp, NativeMethods.IpPacketInfo);
        source.WriteIPv4(destination[(HeaderBytes + PacketInfoSourceAt)..]);
        return SourceSpace;
    }

    private static void WriteHeader(Span<byte> destination, int dataBytes, int space, int level, int type)
    {
        destination[..space].Clear();
        MemoryMarshal.Write(destination, (ulong)(HeaderBytes + dataBytes));
        MemoryMarshal.Write(destination[LevelAt..], level);
        MemoryMarshal.Write(destination[TypeAt..], type);
    }
}
