using System.Net;
using Sluice.Gateway.Gates;
using Sluice.Kcp;

namespace Sluice.Interop;

/// <summary>kcp-go clients, through the gateway, to TCP and kcp-go backends: every byte arrives once, in order and unchanged.</summary>
public sealed class MatrixScenarios(GoPeer peer)
{
    private static readonly (int Data, int Parity)[] Shapes = [(0, 0), (10, 3), (2, 2), (30, 15)];
    private static readonly int[] Losses = [0, 5, 15];
    private static readonly int[] Mtus = [576, 1400];

    public static TheoryData<bool, int, int, bool, int, int> Points()
    {
        var points = new TheoryData<bool, int, int, bool, int, int>();
        foreach (bool kcpBackend in (bool[])[false, true])
        {
            foreach ((int data, int parity) in Shapes)
            {
                foreach (bool turbo in (bool[])[false, true])
                {
                    foreach (int loss in Losses)
                    {
                        foreach (int mtu in Mtus)
                        {
                            points.Add(kcpBackend, data, parity, turbo, loss, mtu);
                        }
                    }
                }
            }
        }

        return points;
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Every_byte_arrives(bool kcpBackend, int data, int parity, bool turbo, int lossPercent, int mtu)
    {
        int seed = Seed.Of(kcpBackend, data, parity, turbo, lossPercent, mtu);
        string point = $"{(kcpBackend ? "kcp" : "tcp")} backend, {data}/{parity}, turbo {turbo}, "
            + $"loss {lossPercent}, mtu {mtu}, seed {seed}";
        try
        {
            await RunAsync(kcpBackend, new PeerSettings(data, parity, turbo, mtu, seed), lossPercent, seed);
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.SkipException)
        {
            throw new InvalidOperationException($"{point}: {failure.Message}", failure);
        }
    }

    /// <summary>Uses the peer's settings on both sides. The gateway's own defaults are the fast settings.</summary>
    private static KcpGateOptions Gate(PeerSettings settings, bool kcpBackend) => new()
    {
        Reciprocity = kcpBackend,
        BackendFec = KcpFec.Fixed(settings.Data, settings.Parity),
        Session = new KcpOptions
        {
            Mtu = settings.Mtu,
            NoDelay = settings.Turbo,
            Interval = settings.Turbo ? 10 : 100,
            FastResend = settings.Turbo ? 2 : 0,
            NoCongestionWindow = settings.Turbo,
            SendWindow = settings.Turbo ? 256 : 32,
            ReceiveWindow = settings.Turbo ? 256 : 32,
        },
    };

    private async Task RunAsync(bool kcpBackend, PeerSettings settings, int lossPercent, int seed)
    {
        // With kcp-go's default settings each lost segment costs hundreds of milliseconds.
        int bulk = (settings.Turbo, lossPercent) switch
        {
            (true, 0) => 400_000,
            (true, _) => 100_000,
            (false, 0) => 60_000,
            (false, _) => 10_000,
        };
        int echoes = settings.Turbo || lossPercent == 0 ? 20 : 5;

        using TcpBackend tcp = TcpBackend.StartProtocol();
        (PeerProcess? server, int serverPort) = kcpBackend ? await peer.StartServerAsync(settings) : (null, 0);
        using PeerProcess? running = server;
        var serverAddress = new IPEndPoint(IPAddress.Loopback, serverPort);
        using LossyLink? behind = kcpBackend ? LossyLink.Start(serverAddress, lossPercent, seed + 1) : null;

        await using GatewayWorld world = await GatewayWorld.StartAsync(Gate(settings, kcpBackend), loops: 1 + (seed & 1));
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        using PeerProcess client = peer.StartClient(settings, link.Port);

        Assert.Equal("ok", await client.EnterAsync(behind is null ? tcp.Key : $"127.0.0.1:{behind.Port}"));
        await client.DoAsync($"echo {echoes}");
        await client.DoAsync($"down {bulk}");
        await client.DoAsync($"up {bulk}");
        (long sent, long received) = await client.CountAsync($"both {bulk}");

        SessionLine line;
        if (kcpBackend)
        {
            // A kcp-go backend cannot signal its end, so the session lives as long as the gateway.
            await world.Gateway.DisposeAsync();
            line = await world.NextEndedAsync();
            Assert.Equal(new SessionLine("shutdown", "kcp", sent, received), line);
        }
        else
        {
            (sent, received) = await client.CountAsync("end");
            line = await world.NextEndedAsync();
            Assert.Equal(new SessionLine("completed", "kcp", sent, received), line);
        }

        Assert.Empty(world.Errors);
        AssertShape(link.ToClient, settings, lossPercent);
        if (behind is not null)
        {
            AssertShape(behind.ToServer, settings, lossPercent);
        }
    }

    /// <summary>Asserts that the gateway sends FEC headers and parity if its peer does, and that no datagram exceeds the MTU.</summary>
    private static void AssertShape(DatagramCounts sent, PeerSettings settings, int lossPercent)
    {
        Assert.True(sent.Longest <= settings.Mtu, $"a datagram of {sent.Longest} bytes");
        if (settings.Data == 0)
        {
            Assert.Equal((0, 0), (sent.FecData, sent.Parity));
        }
        else
        {
            Assert.Equal(0, sent.Plain);
            Assert.True(sent.FecData > 0);
            if (lossPercent == 0 && settings is { Turbo: true, Mtu: 576 })
            {
                // With over a thousand datagrams in each direction, the gateway has detected any shape.
                Assert.True(sent.Parity > 0, $"no parity among {sent}");
            }
        }
    }
}
