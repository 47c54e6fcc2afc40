using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

/// <summary>
/// A dial of a closed local port can be given that very port as its own, and then meets itself. In a network with a single port to give.
/// </summary>
public class SelfConnectTests
{
    private const int OnlyPort = 45_678;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_tcp_dial_that_meets_itself_fails_as_refused(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        await loop.EnterNetworkNamespaceAsync();
        await loop.RunAsync(() => NetworkNamespace.SetPortRange(OnlyPort, OnlyPort));
        var address = NetworkAddress.From(IPAddress.Loopback, OnlyPort);
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, address, 60_000));
        Assert.Null(result.Connection);
        Assert.Equal(SocketError.ConnectionRefused, result.Error);

        // The port is free for the one that it belongs to.
        using Socket listener = await loop.RunAsync(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, OnlyPort));
            socket.Listen();
            return socket;
        });
        Assert.True(listener.IsBound);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_kcp_dial_that_meets_itself_fails_as_refused(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        await loop.EnterNetworkNamespaceAsync();
        await loop.RunAsync(() => NetworkNamespace.SetPortRange(OnlyPort, OnlyPort));
        var address = NetworkAddress.From(IPAddress.Loopback, OnlyPort);
        (SocketError error, KcpConnection? connection) = await loop.RunAsync(() =>
            (KcpDial.TryOpen(loop.Loop, address, new KcpEndpointOptions(), out KcpConnection? opened), opened));
        Assert.Null(connection);
        Assert.Equal(SocketError.ConnectionRefused, error);
        using Socket server = await loop.RunAsync(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, OnlyPort));
            return socket;
        });
        Assert.True(server.IsBound);
    }
}
