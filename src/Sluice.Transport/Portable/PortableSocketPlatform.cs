using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Sluice.Transport.Sockets;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Portable;

/// <summary>Sockets by the framework's <see cref="Socket"/>: works on every system.</summary>
internal sealed class PortableSocketPlatform(SourceAddresses sources, int userTimeoutSeconds = 0) : SocketPlatform
{
    private const int TcpLevel = 6;
    private const int TcpUserTimeout = 18;

    public override bool CanShareListenPort => false;

    public override UdpBatching UdpBatching => UdpBatching.None;

    public override ListenSocket Listen(IPEndPoint endPoint, TcpListenOptions options, bool sharePort)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
            }

            if (OperatingSystem.IsWindows())
            {
                // Elsewhere the framework sets SO_REUSEADDR itself; on Windows that would let others take the port over.
                socket.ExclusiveAddressUse = true;
            }

            socket.Bind(endPoint);
            socket.Listen(options.Backlog);
            var local = new IPEndPoint(endPoint.Address, ((IPEndPoint)socket.LocalEndPoint!).Port);
            return new PortableListenSocket(socket, local, connection => SetStreamOptions(connection, options.KeepAliveSeconds));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override StreamSocket BeginConnect(in NetworkAddress address)
    {
        for (int left = Math.Max(1, sources.CountFor(address)); ; left--)
        {
            try
            {
                return BeginConnect(sources.Next(address), address);
            }
            catch (SocketException failure) when (IsOutOfPorts(failure))
            {
                ThrowIfLast(left);
            }
        }
    }

    public override DatagramSocket Bind(IPEndPoint endPoint, int bufferBytes, bool sharePort) =>
        PortableDatagramSocket.Bind(endPoint, bufferBytes);

    public override DatagramSocket ConnectDatagrams(in NetworkAddress address, int bufferBytes) =>
        PortableDatagramSocket.Connect(address, sources, bufferBytes);

    public override ReceiveBatch CreateReceiveBatch() => new();

    /// <summary>Whether another source address may do: this one has no port left, or is no longer the machine's.</summary>
    internal static bool IsOutOfPorts(SocketException failure) =>
        failure.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable;

    /// <summary>Throws that no port is left, unless there are more source addresses to try.</summary>
    internal static void ThrowIfLast(int left)
    {
        if (left <= 1)
        {
            throw new SocketException((int)SocketError.AddressNotAvailable);
        }
    }

    private PortableStreamSocket BeginConnect(in NetworkAddress source, in NetworkAddress address)
    {
        AddressFamily family = address.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            SetStreamOptions(socket, new TcpListenOptions().KeepAliveSeconds);
            if (!SourceAddresses.IsUnbound(source))
            {
                socket.Bind(source.ToIPEndPoint());
            }

            socket.Connect(address.ToIPEndPoint());
        }
        catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // As wanted: the poller reports when it has ended.
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new PortableStreamSocket(socket);
    }

    private void SetStreamOptions(Socket socket, int keepAliveSeconds)
    {
        socket.NoDelay = true;
        if (userTimeoutSeconds > 0 && OperatingSystem.IsLinux())
        {
            // The framework has no name for it.
            int milliseconds = userTimeoutSeconds * 1000;
            socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(ref milliseconds)));
        }

        if (keepAliveSeconds > 0)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, keepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, keepAliveSeconds);
        }
    }
}
