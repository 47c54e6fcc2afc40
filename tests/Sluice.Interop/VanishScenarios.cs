using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Gates;
using Sluice.Kcp;

namespace Sluice.Interop;

/// <summary>
/// KCP has no message for the end of a session. The gateway still notices a peer that vanishes, and the other side sees the end.
/// </summary>
public sealed class VanishScenarios(GoPeer peer)
{
    /// <summary>More than an unproven client may be sent, so a client that has read all of it has proven its address.</summary>
    private const int Greeting = 5_000;

    /// <summary>Declares a peer lost after few sends without an answer. A client that stalls on a busy machine has ten seconds.</summary>
    private static readonly KcpOptions Impatient = new()
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        DeadLink = 5,
        DeadLinkTime = 10_000,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_client_ends_as_idle_although_the_backend_keeps_sending(bool talkative)
    {
        var ended = new TaskCompletionSource();
        using TcpBackend backend = StartWatching(ended, talkative);
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions
            {
                Reciprocity = false,
                IdleTimeout = TimeSpan.FromSeconds(10),
                Session = Impatient with { DeadLinkTime = 600_000 },
            });
        using (PeerProcess client = peer.StartClient(new PeerSettings(), world.EndPoint.Port))
        {
            Assert.Equal("ok", await client.EnterAsync(backend.Key));
            await client.DoAsync($"tail {Greeting}");
        }

        Assert.Equal("idle", (await world.NextEndedAsync()).Reason);
        await ended.Task.WaitAsync(GatewayWorld.Patience);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 3)]
    public async Task A_client_that_stops_answering_is_lost(int data, int parity)
    {
        var ended = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        using TcpBackend backend = TcpBackend.Start(async stream =>
        {
            await stream.WriteAsync(TcpBackend.Pattern(Greeting));
            await gone.Task;
            await stream.WriteAsync(TcpBackend.Pattern(5_000));
            await SeeTheEndAsync(stream, ended);
        });
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions
            {
                Reciprocity = false,
                IdleTimeout = TimeSpan.Zero,
                DeadLinkTime = TimeSpan.FromSeconds(10),
                Session = Impatient,
            });
        using (PeerProcess client = peer.StartClient(new PeerSettings(data, parity), world.EndPoint.Port))
        {
            Assert.Equal("ok", await client.EnterAsync(backend.Key));
            await client.DoAsync($"tail {Greeting}");
        }

        gone.SetResult();
        Assert.Equal("client_lost", (await world.NextEndedAsync()).Reason);
        await ended.Task.WaitAsync(GatewayWorld.Patience);
    }

    [Fact]
    public async Task A_kcp_backend_with_a_closed_port_is_lost()
    {
        (PeerProcess server, int port) = await peer.StartServerAsync(new PeerSettings(10, 3));
        using PeerProcess running = server;
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions());
        using PeerProcess client = peer.StartClient(new PeerSettings(10, 3), world.EndPoint.Port);
        Assert.Equal("ok", await client.EnterAsync($"127.0.0.1:{port}"));
        await client.DoAsync("both 50000");

        server.Kill();
        await client.DoAsync("ask 10");
        Assert.Equal("backend_lost", (await world.NextEndedAsync()).Reason);
        Assert.Empty(world.Errors);
    }

    [Fact]
    public async Task A_kcp_backend_that_never_answers_is_lost()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Session = Impatient, IdleTimeout = TimeSpan.Zero });
        using PeerProcess client = peer.StartClient(new PeerSettings(), world.EndPoint.Port);

        // A KCP dial needs no answer, so the client is accepted at first.
        Assert.Equal("ok", await client.EnterAsync(silent.LocalEndPoint!.ToString()!));
        await client.DoAsync("ask 10");
        Assert.Equal("backend_lost", (await world.NextEndedAsync()).Reason);
        Assert.Empty(world.Errors);
    }

    private static TcpBackend StartWatching(TaskCompletionSource ended, bool talkative) => TcpBackend.Start(async stream =>
    {
        await stream.WriteAsync(TcpBackend.Pattern(Greeting));
        await (talkative ? TalkAsync(stream) : Task.CompletedTask);
        await SeeTheEndAsync(stream, ended);
    });

    private static async Task TalkAsync(NetworkStream stream)
    {
        try
        {
            while (true)
            {
                await stream.WriteAsync(TcpBackend.Pattern(500));
            }
        }
        catch (IOException)
        {
            // The gateway has closed, which is the expected end.
        }
    }

    private static async Task SeeTheEndAsync(NetworkStream stream, TaskCompletionSource ended)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null);
        }
        finally
        {
            ended.SetResult();
        }
    }
}
