using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>From accept to the welcome message, or to the error code that says why there is none.</summary>
public sealed class HandshakeScenarios
{
    public static TheoryData<Engine> Engines => Engine.All;

    public static TheoryData<Engine> EnginesWithoutTls => Engine.WithoutTls;

    public static TheoryData<Engine> PlainEngines => Engine.Plain;

    [Theory, MemberData(nameof(Engines))]
    public async Task A_frame_may_be_split_at_any_byte(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        byte[] payload = RandomBytes(20);
        byte[] all = Join(Frame(backend.Key), payload);
        for (int split = 1; split < all.Length; split++)
        {
            using Socket client = await world.ConnectAsync();
            await client.SendAllAsync(all.AsMemory(0, split));
            await world.PassTurnsAsync();
            await client.SendAllAsync(all.AsMemory(split));
            Assert.Equal(Join(Ok, payload), await client.ReceiveExactlyAsync(Ok.Length + payload.Length));
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_frame_may_arrive_byte_by_byte(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        using Socket client = await world.ConnectAsync();
        foreach (byte b in Frame(backend.Key))
        {
            await client.SendAllAsync(new[] { b });
            await world.PassTurnsAsync();
        }

        Assert.Equal(Ok, await client.ReceiveExactlyAsync(Ok.Length));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task The_welcome_comes_before_the_banner_of_the_backend(Engine engine)
    {
        byte[] banner = "welcome to s1"u8.ToArray();
        await using TestBackend backend = TestBackend.Start(socket => socket.SendAllAsync(banner));
        await using GatewayWorld world = await StartAsync(engine, options => options with { SuccessMessage = "hello"u8.ToArray() });
        Assert.Equal(Join(Frame("hello"), banner), await world.SendAndReadToEndAsync(Frame(backend.Key)));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task An_empty_success_message_is_an_empty_frame(Engine engine)
    {
        await using TestBackend backend = TestBackend.Start(_ => Task.CompletedTask);
        await using GatewayWorld world = await StartAsync(engine, options => options with { SuccessMessage = ReadOnlyMemory<byte>.Empty });
        Assert.Equal([0, 0, 0, 0], await world.SendAndReadToEndAsync(Frame(backend.Key)));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Invalid_lengths_and_invalid_text_are_rejected_as_bad_frames(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine);
        byte[][] frames =
        [
            [0, 0, 0, 0],
            [0x01, 0x10, 0, 0], // 4097
            [0xff, 0xff, 0xff, 0x7f],
            [0, 0, 0, 0x80],
            [0xff, 0xff, 0xff, 0xff],
            Frame([0xff, 0xfe, 0x41]),
            Frame([0xc0, 0x80]),
            Frame([0xed, 0xa0, 0x80]),
        ];
        foreach (byte[] frame in frames)
        {
            Assert.Equal(Failure("bad_frame"), await world.SendAndReadToEndAsync(frame));
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_rejection_arrives_although_the_client_sends_more_than_is_read(Engine engine)
    {

        // With a stopped clock, the time for which a rejected client's bytes are still read cannot run out on a slow machine.
        await using GatewayWorld world = await StartAsync(engine, virtualTime: true);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Failure("bad_key"), await world.SendAndReadToEndAsync(Join(Frame("nonsense"), RandomBytes(200_000))));
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_key_of_the_maximum_length_is_read_and_a_longer_one_is_a_bad_frame(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine, options => options with { MaxKeyBytes = 16 });
        Assert.Equal(Failure("bad_key"), await world.SendAndReadToEndAsync(Frame(new string('x', 16))));
        Assert.Equal(Failure("bad_frame"), await world.SendAndReadToEndAsync(Frame(new string('x', 17))));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Slow_and_silent_clients_are_rejected_at_the_connect_timeout(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, virtualTime: true);
        using Socket slow = await world.ConnectAsync();
        using Socket silent = await world.ConnectAsync();
        await world.PassTurnsAsync();
        byte[] frame = Frame(backend.Key);
        for (int second = 0; second < 10; second++)
        {
            await slow.SendAllAsync(frame.AsMemory(second, 1));
            await world.PassTurnsAsync();
            Assert.Equal(0, slow.Available + silent.Available);
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Failure("timeout"), await slow.ReceiveToEndAsync());
        Assert.Equal(Failure("timeout"), await silent.ReceiveToEndAsync());
        Assert.Equal(0, backend.Accepted);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Every_error_code_of_the_resolver_reaches_the_client(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine, options => options with { Resolver = new CodeResolver() });
        foreach (string code in new[] { "bad_key", "not_found", "busy", "draining" })
        {
            Assert.Equal(Failure(code), await world.SendAndReadToEndAsync(Frame(code)));
            Assert.Equal(code, (await world.NextEndedAsync())["Reason"]);
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Backends_that_the_policy_forbids_are_denied_and_never_dialled(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        Assert.True(PolicyRule.TryParse($"127.0.0.1:{backend.EndPoint.Port}", out PolicyRule? rule));
        await using GatewayWorld world = await StartAsync(engine, options => options with { Deny = [rule] });
        string[] keys =
        [
            backend.Key,
            $"[::ffff:127.0.0.1]:{backend.EndPoint.Port}",
            "8.8.8.8:53",
            "169.254.169.254:80",
            "0.0.0.0:80",
            "[64:ff9b::a9fe:a9fe]:80",
            world.EndPoint.ToString(),
            $"127.0.0.99:{world.EndPoint.Port}",
        ];
        foreach (string key in keys)
        {
            Assert.Equal(Failure("denied"), await world.SendAndReadToEndAsync(Frame(key)));
        }

        Assert.Equal(0, backend.Accepted);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_name_is_looked_up_and_all_its_addresses_are_tried(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, options => options with
        {
            DialAttempts = 1,
            LookUpName = (name, _) => Task.FromResult<IPAddress[]>(
                name == "node.test" ? [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("8.8.8.8"), IPAddress.Loopback] : []),
        });
        using Socket client = await world.EnterAsync($"node.test:{backend.EndPoint.Port}");
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame("nowhere.test:80")));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task An_IPv6_backend_is_reached(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho(IPAddress.IPv6Loopback);
        await using GatewayWorld world = await StartAsync(engine);
        using Socket client = await world.EnterAsync(backend.Key);
        await client.SendAllAsync("six"u8.ToArray());
        Assert.Equal("six"u8.ToArray(), await client.ReceiveExactlyAsync(3));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_backend_that_refuses_connections_is_unreachable(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine);
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // Bound but not listening: connections are refused, and nobody else gets the port.
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame(closed.LocalEndPoint!.ToString()!)));
    }

    [Theory, MemberData(nameof(PlainEngines))]
    public async Task A_backend_that_hangs_is_unreachable_after_all_attempts(Engine engine)
    {
        using HangingBackend backend = HangingBackend.Start();
        await using GatewayWorld world = await StartAsync(engine, virtualTime: true);
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync(Frame(backend.Key));
        for (int attempt = 0; attempt < 3; attempt++)
        {
            await world.PassTurnsAsync();
            Assert.Equal(0, client.Available);
            await world.AdvanceAsync(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(Failure("unreachable"), await client.ReceiveToEndAsync());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Without_error_replies_a_rejected_connection_just_closes(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine, options => options with { ErrorReply = false });
        Assert.Empty(await world.SendAndReadToEndAsync(Frame("nonsense")));
    }

    [Theory, MemberData(nameof(EnginesWithoutTls))]
    public async Task Above_the_connection_limit_clients_are_rejected_as_busy(Engine engine) =>
        await BusyAboveTwoAsync(engine, new LimitOptions { MaxConnections = 2 });

    [Theory, MemberData(nameof(EnginesWithoutTls))]
    public async Task Above_the_limit_of_one_address_its_clients_are_rejected_as_busy(Engine engine) =>
        await BusyAboveTwoAsync(engine, new LimitOptions { MaxConnectionsPerIp = 2 });

    private static async Task BusyAboveTwoAsync(Engine engine, LimitOptions limits)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, options => options with { Limits = limits });
        Socket first = await world.EnterAsync(backend.Key);
        using Socket second = await world.EnterAsync(backend.Key);
        Assert.Equal(Failure("busy"), await world.SendAndReadToEndAsync(Frame(backend.Key)));
        first.Reset();
        await world.NextEndedAsync();
        await world.NextEndedAsync();
        using Socket third = await world.EnterAsync(backend.Key);
    }

    [Theory, MemberData(nameof(EnginesWithoutTls))]
    public async Task Thousands_of_silent_clients_do_not_disturb_other_clients(Engine engine)
    {
        const int Limit = 500;

        // With a bridge, each client needs four sockets and an upgrade. A tenth of the clients is still a flood.
        int floods = engine.IsBridged ? 2_000 : 20_000;
        await using TestBackend backend = TestBackend.StartEcho();

        // In real time on a slow machine, the oldest client would time out before it is evicted.
        await using GatewayWorld world = await StartAsync(
            engine, options => options with { Limits = new LimitOptions { MaxPendingHandshakes = Limit } }, virtualTime: true);
        using Socket live = await world.EnterAsync(backend.Key);
        var silent = new Queue<Socket>();
        for (int i = 0; i < floods; i++)
        {
            silent.Enqueue(await world.ConnectAsync());
            if (silent.Count > Limit)
            {
                using Socket oldest = silent.Dequeue();
                Assert.Equal(Failure("busy"), await oldest.ReceiveToEndAsync());
            }

            if (i % 1000 == 0)
            {
                await live.SendAllAsync(new byte[] { 1 });
                await live.ReceiveExactlyAsync(1);
                (await world.EnterAsync(backend.Key)).Reset();
                silent.Dequeue().Reset(); // the new client evicted the oldest one, which got "busy"
            }
        }

        while (silent.TryDequeue(out Socket? socket))
        {
            socket.Dispose();
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_client_that_leaves_cancels_the_lookup_of_its_backend(Engine engine)
    {
        var resolver = new EndlessResolver();
        await using GatewayWorld world = await StartAsync(engine, options => options with { Resolver = resolver });
        Socket client = await world.ConnectAsync();
        await client.SendAllAsync(Frame("anything"));
        await resolver.Asked.Task.WaitAsync(SocketExtensions.Patience);
        client.Reset();
        await resolver.Cancelled.Task.WaitAsync(SocketExtensions.Patience);
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_client_may_finish_before_its_backend_is_found(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        byte[] payload = RandomBytes(50_000);
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync(Join(Frame(backend.Key), payload));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(Join(Ok, payload), await client.ReceiveToEndAsync());
    }

    private sealed class CodeResolver : IBackendResolver
    {
        public string Name => "code";

        public async ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
        {
            await Task.Yield();
            return request.Key switch
            {
                "not_found" => Resolution.NotFound,
                "busy" => Resolution.Busy,
                "draining" => Resolution.Draining,
                _ => Resolution.BadKey,
            };
        }
    }

    private sealed class EndlessResolver : IBackendResolver
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "endless";

        public async ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
        {
            var never = new TaskCompletionSource();
            cancellation.Register(() => never.TrySetResult());
            Asked.SetResult();
            await never.Task;
            Cancelled.SetResult();
            return Resolution.NotFound;
        }
    }
}
