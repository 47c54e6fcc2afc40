using Sluice.Gateway.Gates;

namespace Sluice.Interop;

/// <summary>A backend that sends and closes at once: the client gets every byte, although KCP has no FIN to wait for.</summary>
public sealed class TailScenarios(GoPeer peer)
{
    /// <summary>Fixed, so that the same datagrams are lost in each run and a failure can be repeated.</summary>
    private const int Seed = 71;

    public static TheoryData<int, int, int, int, bool> Tails()
    {
        var tails = new TheoryData<int, int, int, int, bool>();
        foreach (int bytes in (int[])[1_000, 20_000, 200_000])
        {
            foreach (int loss in (int[])[0, 10])
            {
                tails.Add(bytes, loss, 0, 0, true);
                tails.Add(bytes, loss, 10, 3, true);
            }
        }

        // kcp-go's default settings: a window of 32, acknowledgements after 100 ms.
        tails.Add(200_000, 0, 10, 3, false);
        tails.Add(20_000, 10, 0, 0, false);
        return tails;
    }

    [Theory]
    [MemberData(nameof(Tails))]
    public async Task Bytes_that_a_backend_sent_before_it_closed_arrive(int bytes, int lossPercent, int data, int parity, bool turbo)
    {
        int seed = Seed + bytes + lossPercent + data;
        using TcpBackend backend = TcpBackend.Start(async stream => await stream.WriteAsync(TcpBackend.Pattern(bytes)));
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false }, loops: 1 + (seed & 1));
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        using PeerProcess client = peer.StartClient(new PeerSettings(data, parity, turbo, Seed: seed), link.Port);
        try
        {
            Assert.Equal("ok", await client.EnterAsync(backend.Key));
            Assert.Equal((0, bytes), await client.CountAsync($"tail {bytes}"));
            Assert.Equal(new SessionLine("completed", "kcp", 0, bytes), await world.NextEndedAsync());
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.SkipException)
        {
            throw new InvalidOperationException($"{link}: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// The backend sends its last bytes and closes with unread input, so its system resets the connection. KCP cannot signal that to a
    /// client.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task Bytes_that_a_backend_sent_before_its_connection_was_reset_arrive(int lossPercent)
    {
        int seed = Seed + lossPercent;
        using TcpBackend backend = TcpBackend.Start(async stream =>
        {
            // Peeks, so that the input stays unread.
            await stream.Socket.ReceiveAsync(new byte[5], System.Net.Sockets.SocketFlags.Peek);
            await stream.WriteAsync(TcpBackend.Pattern(20_000));
        });
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false });
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        using PeerProcess client = peer.StartClient(new PeerSettings(0, 0, Seed: seed), link.Port);
        Assert.Equal("ok", await client.EnterAsync(backend.Key));
        await client.DoAsync("raw 68656c6c6f");
        Assert.Equal((0, 20_000), await client.CountAsync("tail 20000"));
        Assert.Equal(new SessionLine("backend_lost", "kcp", 5, 20_000), await world.NextEndedAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task The_last_answer_of_a_backend_that_is_asked_to_close_arrives(int lossPercent)
    {
        int seed = Seed + lossPercent;
        using TcpBackend backend = TcpBackend.StartProtocol();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false });
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        using PeerProcess client = peer.StartClient(new PeerSettings(10, 3, Seed: seed), link.Port);
        Assert.Equal("ok", await client.EnterAsync(backend.Key));
        await client.DoAsync("both 50000");
        (long sent, long received) = await client.CountAsync("end");
        Assert.Equal(new SessionLine("completed", "kcp", sent, received), await world.NextEndedAsync());
    }
}
