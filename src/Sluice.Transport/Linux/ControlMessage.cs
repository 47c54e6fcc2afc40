namespace Sluice.Transport.Linux;

/// <summary>The layout of a control message (cmsg(3)): struct cmsghdr, then what its type says.</summary>
internal static class ControlMessage
{
    /// <summary>struct cmsghdr: a length of 8 bytes, a level and a type.</summary>
    public const int HeaderBytes = 16;
    public const int LevelAt = 8;
    public const int TypeAt = 12;

    /// <summary>
    /// struct in_pktinfo (ip(7)): the interface, the address to answer from, and the one in the datagram, which may be a broadcast's.
    /// </summary>
    public const int PacketInfoBytes = 12;
    public const int PacketInfoSourceAt = 4;

    /// <summary>struct in6_pktinfo (ipv6(7)): the address, mapped for IPv4, and the interface.</summary>
    public const int PacketInfoIpv6Bytes = 20;
    public const int PacketInfoIpv6InterfaceAt = 16;
}
