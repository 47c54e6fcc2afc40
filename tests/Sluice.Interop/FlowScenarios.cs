using System.Net;
using Sluice.Gateway.Gates;
using Sluice.Kcp;

namespace Sluice.Interop;

/// <summary>A reader that stops blocks its writer, and nothing is lost when it continues. Several clients do not mix.</summary>
public sealed class FlowScenarios(GoPeer peer)
{
    private const int Bulk = 6_000_000;

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task A_client_that_does_not_read_blocks_the_backend_and_loses_nothing(bool fec, int loops)
    {
        var settings = fec ? new PeerSettings(10, 3) : new PeerSettings();
        using TcpBackend backend = TcpBackend.StartProtocol();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false }, loops);
        using PeerProcess slow = peer.StartClient(settings, world.EndPoint.Port);
        Assert.Equal("ok", await slow.EnterAsync(backend.Key));
        await slow.DoAsync($"ask {Bulk}");

        // Another client shows that the gateway keeps working, and gives the first one's windows time to fill.
        using PeerProcess other = peer.StartClient(settings, world.EndPoint.Port);
        Assert.Equal("ok", await other.EnterAsync(backend.Key));
        await other.DoAsync("both 2000000");
        await other.DoAsync("end");
        Assert.Equal("completed", (await world.NextEndedAsync()).Reason);

        await slow.DoAsync($"tail {Bulk}");
        (long sent, long received) = await slow.CountAsync("end");
        Assert.Equal(new SessionLine("completed", "kcp", sent, received), await world.NextEndedAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_backend_that_reads_late_gets_every_byte(int loops)
    {
        var read = new TaskCompletionSource();
        var got = new TaskCompletionSource<byte[]>();
        const int Bytes = 2_000_000;
        using TcpBackend backend = TcpBackend.Start(async stream =>
        {
            await read.Task;
            byte[] all = new byte[5 + Bytes];
            await stream.ReadExactlyAsync(all);
            got.SetResult(all[5..]);
            await stream.WriteAsync("good"u8.ToArray());
        });
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false }, loops);
        using PeerProcess client = peer.StartClient(new PeerSettings(10, 3), world.EndPoint.Port);
        Assert.Equal("ok", await client.EnterAsync(backend.Key));
        Task<(long Sent, long Received)> uploading = client.CountAsync($"up {Bytes}");

        using TcpBackend second = TcpBackend.StartProtocol();
        using PeerProcess other = peer.StartClient(new PeerSettings(), world.EndPoint.Port);
        Assert.Equal("ok", await other.EnterAsync(second.Key));
        await other.DoAsync("both 200000");
        read.SetResult();

        (long sent, long received) = await uploading;
        Assert.Equal(TcpBackend.Pattern(Bytes), await got.Task);
        Assert.Equal(new SessionLine("completed", "kcp", sent, received), await world.NextEndedAsync());
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    public async Task Many_clients_at_once_do_not_mix(bool kcpBackend, int loops)
    {
        int seed = Seed.Of(kcpBackend, loops);
        var settings = new PeerSettings(10, 3, Seed: seed);
        using TcpBackend tcp = TcpBackend.StartProtocol();
        (PeerProcess? server, int port) = kcpBackend ? await peer.StartServerAsync(settings) : (null, tcp.EndPoint.Port);
        using PeerProcess? running = server;
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Reciprocity = kcpBackend, BackendFec = KcpFec.Fixed(10, 3) }, loops);
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent: 3, seed);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            PeerSettings own = settings with { Data = i % 2 * 10, Parity = i % 2 * 3, Seed = seed + i };
            using PeerProcess client = peer.StartClient(own, link.Port);
            Assert.Equal("ok", await client.EnterAsync(new IPEndPoint(IPAddress.Loopback, port).ToString()));
            await client.DoAsync("echo 10");
            await client.DoAsync($"both {40_000 + (i * 1_000)}");
        }));
        Assert.Empty(world.Errors);
    }
}
