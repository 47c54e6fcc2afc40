using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Gates;

namespace Sluice.Interop;

/// <summary>A rejected client gets the reason in a frame, which arrives under loss too.</summary>
public sealed class FailureScenarios(GoPeer peer)
{
    public static TheoryData<string, string, int> Rejections()
    {
        var rejections = new TheoryData<string, string, int>();
        foreach (int loss in (int[])[0, 10])
        {
            rejections.Add("bad_key", Hex("nonsense"), loss);
            rejections.Add("denied", Hex("169.254.1.1:80"), loss);
            rejections.Add("denied", Hex("8.8.8.8:80"), loss);
            rejections.Add("unreachable", "closed port", loss);
            rejections.Add("bad_frame", "00000000", loss);
            rejections.Add("bad_frame", "01100000", loss); // 4097
            rejections.Add("bad_frame", "01100000" + new string('6', 2 * 4097), loss);
            rejections.Add("bad_frame", "ffffffff", loss);
            rejections.Add("bad_frame", "02000000c328", loss); // not UTF-8
        }

        return rejections;
    }

    [Theory]
    [MemberData(nameof(Rejections))]
    public async Task The_error_code_reaches_the_client(string code, string request, int lossPercent)
    {
        int seed = Seed.Of(code, request, lossPercent);

        // A bound socket that does not listen: connections are refused, and nobody else gets the port.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (request == "closed port")
        {
            closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            request = Hex(closed.LocalEndPoint!.ToString()!);
        }

        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false }, loops: 1 + (seed & 1));
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        bool fec = (seed & 2) != 0;
        using PeerProcess client = peer.StartClient(fec ? new PeerSettings(10, 3, Seed: seed) : new PeerSettings(Seed: seed), link.Port);
        await client.DoAsync($"raw {request}");
        try
        {
            Assert.Equal($"error {code}", await client.DoAsync("reply"));
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.SkipException)
        {
            throw new InvalidOperationException($"{link}: {failure.Message}", failure);
        }

        Assert.Equal(new SessionLine(code, "kcp", 0, 0), await world.NextEndedAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task New_clients_are_rejected_while_draining_and_live_sessions_continue(int lossPercent)
    {
        int seed = Seed.Of(lossPercent);
        using TcpBackend backend = TcpBackend.StartProtocol();
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Reciprocity = false }, change: options => options with { DrainTimeout = GatewayWorld.Patience });
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        using PeerProcess live = peer.StartClient(new PeerSettings(10, 3, Seed: seed), link.Port);
        Assert.Equal("ok", await live.EnterAsync(backend.Key));
        await live.DoAsync("echo 1");

        Task stopped = world.Gateway.StopAsync();
        await world.DrainingAsync();
        using PeerProcess late = peer.StartClient(new PeerSettings(Seed: seed), link.Port);
        Assert.Equal("error draining", await late.EnterAsync(backend.Key));
        Assert.Equal("draining", (await world.NextEndedAsync()).Reason);

        Assert.False(stopped.IsCompleted);
        await live.DoAsync("both 20000");
        await live.DoAsync("end");
        Assert.Equal("completed", (await world.NextEndedAsync()).Reason);
        await stopped.WaitAsync(GatewayWorld.Patience);
    }

    [Fact]
    public async Task Without_error_replies_a_rejected_client_gets_no_answer()
    {
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Reciprocity = false }, change: options => options with { ErrorReply = false });
        using var client = new RawClient(world.EndPoint, 0x51);
        client.Send(client.Push(GatewayWorld.Frame("nonsense")));
        Assert.Equal("bad_key", (await world.NextEndedAsync()).Reason);

        // The second session's welcome shows that the gateway has handled everything of the first.
        using TcpBackend backend = TcpBackend.StartEcho();
        using var second = new RawClient(world.EndPoint, 0x52);
        second.Send(second.Push(GatewayWorld.Frame(backend.Key)));
        Assert.Equal(GatewayWorld.Ok, await second.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        while (client.Waiting > 0)
        {
            Assert.DoesNotContain(await client.ReceiveAsync(), segment => segment.Command == Segments.Push);
        }
    }

    private static string Hex(string key) => Convert.ToHexStringLower(GatewayWorld.Frame(Encoding.UTF8.GetBytes(key)));
}
