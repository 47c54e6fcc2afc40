using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Sockets;
using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>Sockets by direct system calls: no object but ours per connection, no exception on the way.</summary>
internal sealed unsafe class LinuxSocketPlatform(
    UdpBatching udpBatching, SourceAddresses sources, UdpPorts udpPorts, int userTimeoutSeconds = 0) : SocketPlatform
{
    private OutgoingMessages? _outgoing;

    public override bool CanShareListenPort => true;

    public override UdpBatching UdpBatching { get; } = udpBatching.And(UdpSupport.OfThisSystem);

    /// <summary>Addresses that backends are dialled from.</summary>
    internal SourceAddresses Sources => sources;

    /// <summary>Ports of the UDP sockets that are connected.</summary>
    internal UdpPorts UdpPorts => udpPorts;

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
                // One socket for both families if all addresses are meant; otherwise just the address that was named.
                Errno.Check(SetOption(fd, IpProtoIpv6, Ipv6V6Only, endPoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1));
            }

            // Accepted connections inherit these from the listener (tcp(7)), which saves up to six calls per connection.
            SetStreamOptions(fd, options.KeepAliveSeconds);
            byte* address = stackalloc byte[NativeSocketAddress.MaxBytes];
            int length = NativeSocketAddress.Write(
                NetworkAddress.From(endPoint), ipv6, new Span<byte>(address, NativeSocketAddress.MaxBytes));
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
        int errno = Errno.EADDRNOTAVAIL;
        for (int left = Math.Max(1, Sources.CountFor(address)); left > 0; left--)
        {
            int fd = Open(ipv6: !address.IsIPv4);
            if (DescriptorReserve.Contains(fd))
            {
                _ = Close(fd);
                throw Errno.ToException(Errno.EMFILE);
            }

            SetStreamOptions(fd, new TcpListenOptions().KeepAliveSeconds);
            errno = TryConnect(fd, Sources.Next(address), address);
            if (errno is 0 or Errno.EINPROGRESS)
            {
                return new LinuxStreamSocket(fd);
            }

            _ = Close(fd);
            if (errno != Errno.EADDRNOTAVAIL)
            {
                break;
            }
        }

        throw Errno.ToException(errno);
    }

    public override DatagramSocket Bind(IPEndPoint endPoint, int bufferBytes, bool sharePort) =>
        LinuxDatagramSocket.Bind(this, endPoint, bufferBytes, sharePort);

    public override DatagramSocket ConnectDatagrams(in NetworkAddress address, int bufferBytes) =>
        LinuxDatagramSocket.Connect(this, address, bufferBytes);

    public override ReceiveBatch CreateReceiveBatch() => new LinuxReceiveBatch(UdpBatching);

    /// <summary>Binds the socket, unless the system is to choose, and begins to connect it. Returns the error number; 0 = none.</summary>
    private static int TryConnect(int fd, in NetworkAddress source, in NetworkAddress address)
    {
        byte* name = stackalloc byte[NativeSocketAddress.MaxBytes];
        var bytes = new Span<byte>(name, NativeSocketAddress.MaxBytes);
        if (!SourceAddresses.IsUnbound(source))
        {
            // The port is chosen by connect, which knows the target, so that each target has all of them (ip(7)).
            _ = SetOption(fd, IpProtoIp, IpBindAddressNoPort, 1);
            if (NativeMethods.Bind(fd, name, NativeSocketAddress.Write(source, asIPv6: false, bytes)) < 0)
            {
                return Errno.Last;
            }
        }

        return Connect(fd, name, NativeSocketAddress.Write(address, asIPv6: false, bytes)) < 0 ? Errno.Last : 0;
    }

    private static int Open(bool ipv6)
    {
        int fd = Socket(ipv6 ? AfInet6 : AfInet, SockStream | SockNonblock | SockCloexec, 0);
        return fd >= 0 ? fd : throw Errno.ToException(Errno.Last);
    }

    private void SetStreamOptions(int fd, int keepAliveSeconds)
    {
        _ = SetOption(fd, IpProtoTcp, TcpNoDelay, 1);
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
