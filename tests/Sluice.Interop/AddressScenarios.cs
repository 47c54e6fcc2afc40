using System.Net;
using System.Net.Sockets;
using Sluice.Gateway;
using Sluice.Kcp;

namespace Sluice.Interop;

/// <summary>IPv6 on either side, or on both.</summary>
public sealed class AddressScenarios(GoPeer peer)
{
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    public async Task EveryByteArrives(bool clientOnIPv6, bool backendOnIPv6, bool kcpBackend)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6");
        var settings = new PeerSettings(10, 3);
        IPAddress near = clientOnIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        IPAddress far = backendOnIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        using TcpBackend tcp = TcpBackend.StartProtocol(far);
        (PeerProcess? server, int port) = kcpBackend ? await peer.StartServerAsync(settings, far) : (null, tcp.EndPoint.Port);
        using PeerProcess? running = server;
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Bind = near, Reciprocity = kcpBackend, BackendFec = KcpFec.Fixed(10, 3) }, loops: 2);
        using PeerProcess client = peer.StartClient(settings, world.EndPoint);

        Assert.Equal("ok", await client.EnterAsync(new IPEndPoint(far, port).ToString()));
        await client.DoAsync("echo 10");
        (long sent, long received) = await client.CountAsync("both 300000");
        if (kcpBackend)
        {
            await world.Gateway.DisposeAsync();
        }
        else
        {
            (sent, received) = await client.CountAsync("end");
        }

        Assert.Equal(new SessionLine(kcpBackend ? "shutdown" : "completed", "kcp", sent, received), await world.NextEndedAsync());
        Assert.Empty(world.Errors);
    }
}
