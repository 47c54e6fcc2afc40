using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests.Dialing;

/// <summary>A machine that has no local port left to dial with, made by a network namespace with a single one.</summary>
public class ShortageTests
{
    private const int CannotDial = 17;
    private const int OnlyPort = 45_677;

    [Theory]
    [InlineData(BackendProtocol.Tcp)]
    [InlineData(BackendProtocol.Kcp)]
    public async Task Without_a_local_port_clients_are_told_busy_and_the_backend_is_not_blamed(BackendProtocol protocol)
    {
        using var loop = new TestLoop();
        await loop.EnterNetworkNamespaceAsync();
        await loop.RunAsync(() => NetworkNamespace.SetPortRange(OnlyPort, OnlyPort));
        var listening = new IPEndPoint(IPAddress.Loopback, 7083);
        using Socket listener = await loop.RunAsync(() => Bind(SocketType.Stream, ProtocolType.Tcp, listening));
        using Socket holder = await loop.RunAsync(() => protocol == BackendProtocol.Kcp
            ? Bind(SocketType.Dgram, ProtocolType.Udp, new IPEndPoint(IPAddress.Any, OnlyPort))
            : Bind(SocketType.Stream, ProtocolType.Tcp, new IPEndPoint(IPAddress.Any, OnlyPort)));
        var health = new BackendHealth(loop.Time);
        var dialer = new Dialer(
            SluiceGateway.DialerOptionsOf(new GatewayOptions { TimeProvider = loop.Time, DialAttempts = 1 }),
            new BackendPolicy(null, [], new OwnListeners()),
            health,
            loop.Log);
        for (int i = 0; i < 3; i++)
        {
            var request = new DialRequest(Protocol.Tcp, TimeSpan.FromSeconds(5), [new Backend(listening, protocol)]);
            DialResult result = await loop.StartAsync(() => dialer.DialAsync(loop.Loop, request, CancellationToken.None));
            Assert.Equal(new DialResult(null, EndReason.Busy), result);
        }

        Assert.Empty(health.Snapshot());
        Assert.Equal(3, dialer.Shortage.Count);
        Assert.Equal(1, loop.Log.Count(CannotDial));
        Assert.Contains("EADDRNOTAVAIL", loop.Log.Lines.Single(line => line.Id == CannotDial).Text, StringComparison.Ordinal);
    }

    private static Socket Bind(SocketType type, ProtocolType protocol, IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(endPoint);
        if (type == SocketType.Stream)
        {
            socket.Listen();
        }

        return socket;
    }
}
