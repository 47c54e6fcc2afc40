using System.Runtime.InteropServices;
using static Sluice.Transport.Linux.ControlMessage;

namespace Sluice.Transport.Linux;

/// <summary>What the control messages of a receive say of the datagrams (cmsg(3)).</summary>
/// <param name="SegmentBytes">The size of those that UDP GRO has joined; 0 if none is reported, so that what was received is one
/// datagram.</param>
/// <param name="Local">Which of this machine's addresses they were sent to, without a port; default if none is reported.</param>
internal readonly record struct ReceivedControl(int SegmentBytes, NetworkAddress Local)
{
    /// <summary>Reads them as the system has filled them; an impossible one is ignored, and so is what follows it.</summary>
    public static ReceivedControl Read(ReadOnlySpan<byte> control)
    {
        int segmentBytes = 0;
        NetworkAddress local = default;
        while (control.Length >= HeaderBytes)
        {
            ulong length = MemoryMarshal.Read<ulong>(control);
            if (length < HeaderBytes || length > (ulong)control.Length)
            {
                break;
            }

            ReadOnlySpan<byte> data = control[HeaderBytes..(int)length];
            switch ((MemoryMarshal.Read<int>(control[LevelAt..]), MemoryMarshal.Read<int>(control[TypeAt..])))
            {
                case (NativeMethods.IpProtoUdp, NativeMethods.UdpGro) when data.Length >= sizeof(int):
                    segmentBytes = Math.Max(0, MemoryMarshal.Read<int>(data));
                    break;
                case (NativeMethods.IpProtoIp, NativeMethods.IpPacketInfo) when data.Length >= PacketInfoBytes:
                    local = NetworkAddress.FromBytes(data.Slice(PacketInfoSourceAt, 4), 0);
                    break;
                case (NativeMethods.IpProtoIpv6, NativeMethods.Ipv6PacketInfo) when data.Length >= PacketInfoIpv6Bytes:
                    uint scope = IsLinkLocal(data) ? MemoryMarshal.Read<uint>(data[PacketInfoIpv6InterfaceAt..]) : 0;
                    local = NetworkAddress.FromBytes(data[..PacketInfoIpv6InterfaceAt], 0, scope);
                    break;
            }

            // The next one begins where a word does.
            int next = ((int)length + sizeof(ulong) - 1) & ~(sizeof(ulong) - 1);
            control = control[Math.Min(next, control.Length)..];
        }

        return new ReceivedControl(segmentBytes, local);
    }

    /// <summary>fe80::/10 (RFC 4291 2.5.6): such an address means something on its interface only.</summary>
    private static bool IsLinkLocal(ReadOnlySpan<byte> address) => address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}
