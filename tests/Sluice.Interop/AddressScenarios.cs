using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Kcp;

namespace Sluice.Interop;

/// <summary>IPv6 on the client's side, the backend's or both, and gateways with several addresses.</summary>
public sealed class AddressScenarios(GoPeer peer)
{
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    public async Task Every_byte_arrives_over_IPv6(bool clientOnIPv6, bool backendOnIPv6, bool kcpBackend)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this system has no IPv6");
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

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task Replies_come_from_the_address_that_the_client_used(string bound)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the gateway reads the destination address on Linux only");
        var announced = new TaskCompletionSource<string>();
        using TcpBackend backend = TcpBackend.Start(async stream =>
        {
            var header = new StringBuilder();
            do
            {
                header.Append((char)stream.ReadByte());
            }
            while (header[^1] != '\n');
            announced.SetResult(header.ToString());
            await stream.WriteAsync(TcpBackend.Pattern(300_000));
        });
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Bind = IPAddress.Parse(bound), Reciprocity = false },
            change: options => options with { ProxyProtocol = ProxyProtocolVersion.V1 });
        var gateway = new IPEndPoint(IPAddress.Parse("127.0.0.2"), world.EndPoint.Port);
        using PeerProcess client = peer.StartClient(new PeerSettings(10, 3), gateway);

        Assert.Equal("ok", await client.EnterAsync(backend.Key));
        await client.DoAsync("tail 300000");
        Assert.Matches($"^PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.2 [0-9]+ {world.EndPoint.Port}\r\n$", await announced.Task);
    }
}
