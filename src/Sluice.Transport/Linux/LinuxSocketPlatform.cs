using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Tcp;
using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>Sockets by direct system calls: no object but ours per connection, no exception on the way.</summary>
internal sealed unsafe class LinuxSocketPlatform(UdpBatching udpBatching, int userTimeoutSeconds = 0) : SocketPlatform
{
    private OutgoingMessages? _outgoing;

    public override bool CanShareListenPort => true;

    public override UdpBatching UdpBatching { get; } = udpBatching.And(UdpSupport.OfThisSystem);

    /// <summary>What the UDP sockets of a loop share for sending: each fills it and is done with it within one call.</summary>
    internal OutgoingMessages Outgoing => _outgoing ??= new OutgoingMessages();

    public override ListenSocket Listen(IPEndPoint endPoint, TcpListenOptions options, bool sharePort)
    {
        bool ipv6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        int fd = Open(ipv6);
        try
        {
            Errno.Check(SetOption(fd, SolSocket, SoReuseAddr, 1));
            if (sharePort)
            {
                Errno.Check(SetOption(fd, SolSocket, SoReusePort, 1));
            }

            if (ipv6)
            {
                // One socket for both families where all addresses are meant; otherwise just the address that was named.
                Errno.Check(SetOption(fd, IpProtoIpv6, Ipv6V6Only, endPoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1));
            }

            // Accepted connections inherit these from the listener (tcp(7)), which saves up to six calls per connection.
            SetStreamOptions(fd, options.KeepAliveSeconds);
            byte* address = stackalloc byte[NativeSocketAddress.MaxBytes];
            int length = NativeSocketAddress.Write(NetworkAddress.From(endPoint), ipv6, new Span<byte>(address, NativeSocketAddress.MaxBytes));
            Errno.Check(NativeMethods.Bind(fd, address, length));
            Errno.Check(NativeMethods.Listen(fd, options.Backlog));
            length = NativeSocketAddress.MaxBytes;
            Errno.Check(GetSocketName(fd, address, &length));
            ushort port = NativeSocketAddress.Read(new ReadOnlySpan<byte>(address, NativeSocketAddress.MaxBytes)).Port;
            return new LinuxListenSocket(fd, new IPEndPoint(endPoint.Address, port));
        }
        catch
        {
            _ = Close(fd);
            throw;
        }
    }

    public override StreamSocket BeginConnect(in NetworkAddress address)
    {
        int fd = Open(ipv6: !address.IsIPv4);
        if (DescriptorReserve.Contains(fd))
        {
            _ = Close(fd);
            throw Errno.ToException(Errno.EMFILE);
        }

        SetStreamOptions(fd, new TcpListenOptions().KeepAliveSeconds);
        byte* bytes = stackalloc byte[NativeSocketAddress.MaxBytes];
        int length = NativeSocketAddress.Write(address, asIPv6: false, new Span<byte>(bytes, NativeSocketAddress.MaxBytes));
        if (Connect(fd, bytes, length) < 0 && Errno.Last is var errno && errno != Errno.EINPROGRESS)
        {
            _ = Close(fd);
            throw Errno.ToException(errno);
        }

        return new LinuxStreamSocket(fd);
    }

    public override DatagramSocket Bind(IPEndPoint endPoint, int bufferBytes, bool sharePort) =>
        LinuxDatagramSocket.Bind(this, endPoint, bufferBytes, sharePort);

    public override DatagramSocket ConnectDatagrams(in NetworkAddress address, int bufferBytes) =>
        LinuxDatagramSocket.Connect(this, address, bufferBytes);

    public override ReceiveBatch CreateReceiveBatch() => new LinuxReceiveBatch(UdpBatching);

    private static int Open(bool ipv6)
    {
        int fd = Socket(ipv6 ? AfInet6 : AfInet, SockStream | SockNonblock | SockCloexec, 0);
        return fd >= 0 ? fd : throw Errno.ToException(Errno.Last);
    }

    private void SetStreamOptions(int fd, int keepAliveSeconds)
    {
        _ = SetOption(fd, IpProtoTcp, TcpNoDelay, 1);
        _ = SetOption(fd, SolSocket, SoOutOfBandInline, 1);
        if (userTimeoutSeconds > 0)
        {
            _ = SetOption(fd, IpProtoTcp, TcpUserTimeout, userTimeoutSeconds * 1000);
        }

        if (keepAliveSeconds > 0)
        {
            _ = SetOption(fd, SolSocket, SoKeepAlive, 1);
            _ = SetOption(fd, IpProtoTcp, TcpKeepIdle, keepAliveSeconds);
            _ = SetOption(fd, IpProtoTcp, TcpKeepIntvl, keepAliveSeconds);
        }
    }
}
