using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Sluice.Testing.Loops;

namespace Sluice.Testing.Sockets;

/// <summary>A network namespace for one thread, with nothing in it but loopback. Sockets opened on that thread belong to it.</summary>
/// <remarks>
/// Needs Linux and the right to create namespaces (CAP_SYS_ADMIN). The namespace goes away with the thread and its sockets.
/// </remarks>
internal static class NetworkNamespace
{
    private const int CloneNewNet = 0x40000000;
    private const int SetInterfaceFlags = 0x8914;
    private const short InterfaceUp = 1;

    /// <summary>Moves a loop into a new namespace. Skips the test if that is not permitted.</summary>
    public static async Task EnterNetworkNamespaceAsync(this TestLoop loop)
    {
        bool entered = OperatingSystem.IsLinux() && await loop.RunAsync(() => Unshare(CloneNewNet) == 0);
        Assert.SkipUnless(entered, "cannot create a network namespace here");
        await loop.RunAsync(() => SetLoopback(up: true));
    }

    /// <summary>Sets the ports that the system assigns to outgoing connections. Call it on the thread that entered.</summary>
    public static void SetPortRange(int first, int last) =>
        File.WriteAllText("/proc/sys/net/ipv4/ip_local_port_range", string.Create(CultureInfo.InvariantCulture, $"{first} {last}"));

    /// <summary>Takes loopback up or down. Packets sent while it is down are lost. Call it on the thread that entered.</summary>
    public static void SetLoopback(bool up)
    {
        // struct ifreq: the name in 16 bytes, then the flags.
        byte[] request = new byte[40];
        Encoding.ASCII.GetBytes("lo", request);
        MemoryMarshal.Write(request.AsSpan(16), up ? InterfaceUp : (short)0);
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        Assert.Equal(0, InputOutputControl((int)socket.Handle, SetInterfaceFlags, request));
    }

#pragma warning disable SYSLIB1054 // LibraryImport would make the tests need unsafe code for these two calls.
    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static extern int Unshare(int flags);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int InputOutputControl(int fd, nint request, byte[] argument);
#pragma warning restore SYSLIB1054
}
