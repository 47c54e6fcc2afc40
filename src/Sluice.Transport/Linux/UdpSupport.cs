using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>Asks the running kernel, once per process, which ways of moving several datagrams it has.</summary>
/// <remarks>A sandbox may reject what the kernel supports, so the calls themselves are tried and not its version.</remarks>
internal static unsafe class UdpSupport
{
    private static UdpBatching? _known;

    public static UdpBatching OfThisSystem => _known ?? Probe();

    private static UdpBatching Probe()
    {
        int fd = Socket(AfInet, SockDatagram | SockNonblock | SockCloexec, 0);
        if (fd < 0)
        {
            // A system without IPv4.
            fd = Socket(AfInet6, SockDatagram | SockNonblock | SockCloexec, 0);
        }

        if (fd < 0)
        {
            // No descriptor is left, perhaps: that is not to be remembered.
            return UdpBatching.None;
        }

        try
        {
            return _known = new UdpBatching
            {
                ReceiveOffload = SetOption(fd, IpProtoUdp, UdpGro, 1) == 0,
                SendOffload = SetOption(fd, IpProtoUdp, UdpSegment, 0) == 0,
                ReceiveBatches = IsKnown(ReceiveMultiple(fd, null, 0, 0, null)),
                SendBatches = IsKnown(SendMultiple(fd, null, 0, 0)),
            };
        }
        finally
        {
            _ = Close(fd);
        }
    }

    private static bool IsKnown(int result) => result >= 0 || Errno.Last is not (Errno.ENOSYS or Errno.EPERM);
}
