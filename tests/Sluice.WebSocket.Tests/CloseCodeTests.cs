using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Routing;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>What a page reads when its connection ends.</summary>
public sealed class CloseCodeTests
{
    [Theory]
    [InlineData("bad_key", 1008)]
    [InlineData("not_found", 1008)]
    [InlineData("busy", 1013)]
    [InlineData("draining", 1012)]
    public async Task A_code_of_the_routing_is_a_close_code_and_its_reason(string code, int number)
    {
        await using GatewayWorld world = await WsWorld.StartAsync(change: options => options with { Resolver = new CodeResolver() });
        using WsClient byHeader = await UpgradeAsync(world.EndPoint, Request("/", $"server-identify: {code}"));
        await byHeader.AssertClosedAsync(number, $"error {code}");
        using WsClient byMessage = await UpgradeAsync(world.EndPoint, Request(), Message(Encoding.UTF8.GetBytes(code)));
        await byMessage.AssertClosedAsync(number, $"error {code}");
        Assert.Equal(code, (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task Forbidden_and_dead_backends_have_their_codes()
    {
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient denied = await UpgradeAsync(world.EndPoint, Request("/", "server-identify: 8.8.8.8:53"));
        await denied.AssertClosedAsync(1008, "error denied");
        using WsClient own = await UpgradeAsync(world.EndPoint, Request("/", $"server-identify: {world.EndPoint}"));
        await own.AssertClosedAsync(1008, "error denied");
        using var listener = new TcpListenerThatIsGone();
        using WsClient unreachable = await UpgradeAsync(world.EndPoint, Request("/", $"server-identify: {listener.Key}"));
        await unreachable.AssertClosedAsync(1013, "error unreachable");
    }

    public static TheoryData<string, string, byte[]> BadKeys => new()
    {
        { "header too long", Request("/", $"server-identify: {new string('a', 5000)}"), [] },
        { "header that is not UTF-8", Request("/", "server-identify: \u00ff\u00fe"), [] },
        { "query that is not percent-encoded", Request("/?server-identify=%zz"), [] },
        { "query cut off", Request("/?server-identify=a%4"), [] },
        { "subprotocol that is not base64url", Request("/", "Sec-WebSocket-Protocol: server-identify.a"), [] },
        { "empty message", Request(), Message([]) },
        { "message that is not UTF-8", Request(), Message([0xff, 0xfe]) },
        { "message too long, judged from its head", Request(), Frame(Fin | Binary, new byte[4097])[..8] },
        { "frame that is not masked", Request(), [Fin | Binary, 1, 65] },
        { "reserved opcode", Request(), Frame(Fin | 5, "a"u8) },
    };

    [Theory, MemberData(nameof(BadKeys))]
    public async Task A_key_that_is_none_is_a_bad_frame(string name, string request, byte[] behind)
    {
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await UpgradeAsync(world.EndPoint, request, behind);
        await client.AssertClosedAsync(1002, "error bad_frame");
        Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
        Assert.NotEmpty(name);
    }

    [Fact]
    public async Task The_order_of_the_ways_is_kept()
    {
        await using GatewayWorld world = await WsWorld.StartAsync(change: options => options with { Resolver = new CodeResolver() });
        string protocol = "Sec-WebSocket-Protocol: server-identify." + System.Buffers.Text.Base64Url.EncodeToString("draining"u8);
        (string Code, int Number, string Request)[] cases =
        [
            ("not_found", 1008, Request("/?server-identify=busy", "server-identify: bad_key", "server-identify: not_found", protocol, "Cookie: server-identify=bad_key")),
            ("busy", 1013, Request("/?server-identify=busy", protocol, "Cookie: server-identify=bad_key")),
            ("draining", 1012, Request("/", protocol, "Cookie: server-identify=bad_key")),
            ("bad_key", 1008, Request("/", "Cookie: server-identify=bad_key")),
        ];
        foreach ((string code, int number, string request) in cases)
        {
            using WsClient client = await UpgradeAsync(world.EndPoint, request, Message("other"u8.ToArray()));
            await client.AssertClosedAsync(number, $"error {code}");
        }
    }

    [Fact]
    public async Task Without_error_replies_there_is_a_code_and_no_reason()
    {
        await using GatewayWorld world = await WsWorld.StartAsync(change: options => options with { ErrorReply = false });
        using WsClient client = await UpgradeAsync(world.EndPoint, Request("/", "server-identify: nonsense"));
        await client.AssertClosedAsync(1008);
    }

    [Fact]
    public async Task Above_the_connection_limit_clients_are_rejected_as_busy_after_their_upgrade()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(
            change: options => options with { Limits = new LimitOptions { MaxConnections = 1 } });
        using WsClient first = await EnterAsync(world.EndPoint, backend.Key);
        using WsClient second = await UpgradeAsync(world.EndPoint, Request("/", $"server-identify: {backend.Key}"));
        await second.AssertClosedAsync(1013, "error busy");
    }

    [Fact]
    public async Task Silent_clients_above_their_limit_are_dropped_at_once()
    {
        await using GatewayWorld world = await WsWorld.StartAsync(
            change: options => options with { Limits = new LimitOptions { MaxPendingHandshakes = 2 } });
        using WsClient first = await ConnectAsync(world.EndPoint);
        await world.PassTurnsAsync();
        using WsClient second = await ConnectAsync(world.EndPoint);
        await world.PassTurnsAsync();
        using WsClient third = await ConnectAsync(world.EndPoint);
        Assert.StartsWith("HTTP/1.1 503 ", Encoding.Latin1.GetString(await first.Socket.ReceiveToEndAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backend_that_finishes_is_1000_and_what_the_client_still_sends_arrives()
    {
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.SendAllAsync("bye"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            got.SetResult(await socket.ReceiveToEndAsync());
        });
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.AssertMessageAsync("bye"u8.ToArray());
        WsFrame close = await client.ReadFrameAsync();
        Assert.Equal((Fin | Close, 1000, ""), (close.First, close.CloseCode, close.CloseReason));
        await client.SendAsync([.. Message("late"u8.ToArray()), .. CloseFrame(1000)]);
        Assert.Empty(await client.Socket.ReceiveToEndAsync());
        Assert.Equal(Prefixed("late"u8.ToArray()), await got.Task.WaitAsync(SocketExtensions.Patience));
        await AssertEndedAsync(world, "completed", 4, 3);
    }

    [Fact]
    public async Task A_backend_that_is_lost_is_1011()
    {
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.ReceiveExactlyAsync(5);
            socket.Reset();
        });
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.SendAsync(Message([1]));
        await client.AssertClosedAsync(1011);
        await AssertEndedAsync(world, "backend_lost", 1, 0);
    }

    [Fact]
    public async Task A_client_that_closes_is_answered_and_its_backend_gets_everything()
    {
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket => got.SetResult(await socket.ReceiveToEndAsync()));
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        byte[] payload = GatewayWorld.RandomBytes(500_000);
        Task sending = client.SendAsync([.. Message(payload), .. CloseFrame(4001, "enough")]);
        await client.AssertClosedAsync(4001, answer: false);
        await sending;
        Assert.Equal(Prefixed(payload), await got.Task.WaitAsync(SocketExtensions.Patience));
        await AssertEndedAsync(world, "completed", payload.Length, 0);
    }

    [Fact]
    public async Task A_close_ends_the_session_though_the_backend_talks_on()
    {
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            while (true)
            {
                await socket.SendAllAsync(new byte[1000]);
            }
        });

        // The time that it has for reading what was sent before stands still.
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.SendAsync(CloseFrame(1000));
        WsFrame frame;
        do
        {
            frame = await client.ReadFrameAsync();
        }
        while (frame.Opcode == Binary);
        Assert.Equal((Fin | Close, 1000), (frame.First, frame.CloseCode));
        Assert.Empty(await client.Socket.ReceiveToEndAsync());
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_breach_in_mid_session_resets_the_backend()
    {
        var reset = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket => reset.SetResult(await socket.IsResetAsync()));
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.SendAsync([0x83, 0x80, 0, 0, 0, 0]);
        await client.AssertClosedAsync(1002);
        Assert.True(await reset.Task.WaitAsync(SocketExtensions.Patience), "the backend saw an orderly end");
        await AssertEndedAsync(world, "client_lost", 0, 0);
    }

    [Fact]
    public async Task Idle_is_1001_and_pongs_are_no_traffic()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { IdleTimeout = TimeSpan.FromSeconds(70) }, virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        for (int i = 0; i < 2; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(30));
            Assert.Equal((byte)(Fin | Ping), (await client.ReadFrameAsync()).First);
            await client.SendAsync(Frame(Fin | Pong, default));
            await world.PassTurnsAsync();
        }

        await world.AdvanceAsync(TimeSpan.FromSeconds(15));
        await client.AssertClosedAsync(1001);
        Assert.Equal("idle", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_a_ping_is_lost()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await world.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((byte)(Fin | Ping), (await client.ReadFrameAsync()).First);
        await world.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.True(await client.Socket.IsResetAsync());
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_client_that_never_answers_the_close_is_let_go()
    {
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            socket.Shutdown(SocketShutdown.Send);
            await socket.ReceiveToEndAsync();
        });
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        Assert.Equal(1000, (await client.ReadFrameAsync()).CloseCode);
        await world.AdvanceAsync(TimeSpan.FromSeconds(11));
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_stop_is_1012()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await world.Gateway.DisposeAsync();
        await client.AssertClosedAsync(1012, answer: false);
    }

    [Fact]
    public async Task A_FIN_without_a_close_is_a_half_close()
    {
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            byte[] question = await socket.ReceiveToEndAsync();
            await socket.SendAllAsync(question);
        });
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.SendAsync(Message("question"u8.ToArray()));
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(Prefixed("question"u8.ToArray()), await client.ReadStreamAsync(12));
        await client.AssertClosedAsync(1000, answer: false);
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_FIN_inside_a_message_is_a_loss()
    {
        var reset = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket => reset.SetResult(await socket.IsResetAsync()));
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.SendAsync(Message(new byte[100])[..50]);
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.True(await reset.Task.WaitAsync(SocketExtensions.Patience));
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    private static async Task AssertEndedAsync(GatewayWorld world, string reason, long fromClient, long fromBackend)
    {
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal(("ws", reason, fromClient, fromBackend), ((string)line["Protocol"]!, (string)line["Reason"]!, (long)line["BytesFromClient"]!, (long)line["BytesFromBackend"]!));
    }

    private sealed class CodeResolver : IBackendResolver
    {
        public string Name => "code";

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(request.Key switch
        {
            "not_found" => Resolution.NotFound,
            "busy" => Resolution.Busy,
            "draining" => Resolution.Draining,
            _ => Resolution.BadKey,
        });
    }

    /// <summary>A port without a listener that no other program is given meanwhile.</summary>
    private sealed class TcpListenerThatIsGone : IDisposable
    {
        private readonly Socket _bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public TcpListenerThatIsGone() => _bound.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));

        public string Key => _bound.LocalEndPoint!.ToString()!;

        public void Dispose() => _bound.Dispose();
    }
}
