using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Sluice.Gateway;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance.Matrix;

/// <summary>
/// How sessions end if the client or the backend uses KCP, which has no message for the end of a session. In virtual time.
/// </summary>
public sealed class EndScenarios
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task A_tcp_client_that_half_closes_still_gets_the_answer_of_a_kcp_backend()
    {
        byte[] question = RandomBytes(3_000, seed: 1);
        var asked = new TaskCompletionSource<Pipe>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(Protocol.Kcp, async pipe =>
        {
            Assert.Equal(question, await pipe.ReceiveAsync(question.Length));
            asked.SetResult(pipe);
            await pipe.ReceiveSomeAsync();
        });
        await using GatewayWorld world = await StartAsync();
        using Pipe client = await world.EnterAsync(Protocol.Tcp, backend.Key);
        await client.SendAsync(question);
        await client.EndAsync();
        Pipe answering = await KeepTimeAsync(world, asked.Task);
        for (int piece = 0; piece < 5; piece++)
        {
            // The backend waits a second before each piece. Silence ends the session only after two.
            await PassTimeAsync(world, TimeSpan.FromSeconds(1));
            byte[] answer = RandomBytes(2_000, seed: piece);
            await answering.SendAsync(answer);
            Assert.Equal(answer, await client.ReceiveAsync(answer.Length));
        }

        Assert.Empty(await PassTimeAsync(world, client.ReceiveSomeAsync()));
        await AssertEndedAsync(world, "completed", question.Length, 5 * 2_000);
    }

    [Fact]
    public async Task An_answer_to_a_slow_client_is_not_cut_off()
    {
        byte[] answer = RandomBytes(24 * 1024 * 1024, seed: 2);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(Protocol.Kcp, async pipe =>
        {
            await pipe.ReceiveAsync(1);
            await pipe.SendAsync(answer);
            await pipe.ReceiveSomeAsync();
        });
        await using GatewayWorld world = await StartAsync();
        using Socket client = await world.EnterAsync(backend.Key);

        // Otherwise the kernel might buffer the whole answer.
        client.ReceiveBufferSize = 64 * 1024;
        await client.SendAllAsync(new byte[1]);
        client.Shutdown(SocketShutdown.Send);

        // The client reads nothing for a minute, with all buffers full.
        EventLoop loop = world.Gateway.Loops[0];
        await KeepTimeAsync(world, async () => await loop.InvokeAsync(() => loop.Buffers.Rented) > 0);
        await PassTimeAsync(world, TimeSpan.FromMinutes(1));
        Task<byte[]> received = client.ReceiveExactlyAsync(answer.Length);
        byte[] all = await KeepTimeAsync(world, received);
        Assert.True(answer.AsSpan().SequenceEqual(all), "the answer arrived changed");
        Assert.Equal(0, await PassTimeAsync(world, client.ReceiveAsync(new byte[1])));
        await AssertEndedAsync(world, "completed", 1, answer.Length);
    }

    [Theory]
    [InlineData(Protocol.Tcp)]
    [InlineData(Protocol.WebSocket)]
    [InlineData(Protocol.Kcp)]
    public async Task A_kcp_backend_that_vanishes_is_reported_as_lost(Protocol from)
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using GatewayWorld world = await StartAsync(options => options with
        {
            Kcp = options.Kcp! with
            {
                IdleTimeout = TimeSpan.Zero,
                Session = options.Kcp.Session with { DeadLink = 5, DeadLinkTime = 2_000 },
            },
        });
        using Pipe client = await KeepTimeAsync(world, world.EnterAsync(from, $"kcp://{silent.LocalEndPoint}"));
        await client.SendAsync(new byte[100]);

        // By the time bytes reach the backend, the client has acknowledged everything. From here on only the backend can be lost.
        await KeepTimeAsync(world, () => Task.FromResult(silent.Available > 0));
        Assert.Equal("backend_lost", (await PassTimeAsync(world, world.NextEndedAsync()))["Reason"]);
    }

    [Theory]
    [InlineData(Protocol.Tcp)]
    [InlineData(Protocol.WebSocket)]
    public async Task A_kcp_backend_with_a_closed_port_is_lost_at_once(Protocol from)
    {
        var closed = new IPEndPoint(IPAddress.Loopback, FreePort.Take(IPAddress.Loopback));
        await using GatewayWorld world = await StartAsync();
        using Pipe client = await world.EnterAsync(from, $"kcp://{closed}");
        await client.SendAsync(new byte[100]);
        Assert.Equal("backend_lost", (await PassTimeAsync(world, world.NextEndedAsync()))["Reason"]);
    }

    /// <summary>
    /// A backend that kicks a player sends the reason and exits. The gateway learns of the exit when its next datagram is
    /// refused.
    /// </summary>
    [Theory]
    [InlineData(Protocol.Tcp)]
    [InlineData(Protocol.WebSocket)]
    [InlineData(Protocol.Kcp)]
    public async Task The_last_bytes_of_a_kcp_backend_that_exits_reach_a_slow_client(Protocol from)
    {
        byte[] words = RandomBytes(200_000, seed: 3);
        var asked = NewAsked();
        await using MatrixBackend backend = await StartAskedAsync(asked);
        await using GatewayWorld world = await StartAsync();
        using Pipe client = await KeepTimeAsync(world, world.EnterAsync(from, backend.Key));
        await client.SendAsync(new byte[1]);
        KcpPipe answering = await KeepTimeAsync(world, asked.Task);
        await PauseAsync(client);
        await KeepTimeAsync(world, answering.SendAsync(words));
        await KeepTimeAsync(world, answering.IsDeliveredAsync);
        await backend.ClosePortAsync();
        await FindOutAsync(world, client);

        await ResumeAsync(client);
        byte[] received = await KeepTimeAsync(world, client.ReceiveAsync(words.Length));
        AssertBeginsWith(received, words);
        IReadOnlyDictionary<string, object?> line = await KeepTimeAsync(world, world.NextEndedAsync());
        Assert.Equal(("backend_lost", (long)words.Length), ((string)line["Reason"]!, (long)line["BytesFromBackend"]!));
        await AssertCutOffAsync(world, client);
    }

    [Fact]
    public async Task A_kcp_backend_that_never_answered_is_tried_last_for_a_while()
    {
        await using MatrixBackend alive = await MatrixBackend.StartEchoAsync(Protocol.Kcp);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var node = new OneNode(Read($"kcp://{silent.LocalEndPoint}"), Read(alive.Key));
        await using GatewayWorld world = await StartAsync(options => options with
        {
            Resolver = node,
            Kcp = options.Kcp! with { Session = options.Kcp.Session with { DeadLink = 5, DeadLinkTime = 2_000 } },
        });
        using (Pipe first = await world.EnterAsync(Protocol.Tcp, "node"))
        {
            await first.SendAsync(new byte[100]);
            Assert.Equal("backend_lost", (await PassTimeAsync(world, world.NextEndedAsync()))["Reason"]);
        }

        SuspendedBackend aside = Assert.Single(world.Gateway.SuspendedBackends);
        Assert.Equal((Protocol.Kcp, silent.LocalEndPoint!.ToString(), 1), (aside.Protocol, aside.Address.ToString(), aside.Failures));
        using Pipe second = await world.EnterAsync(Protocol.Tcp, "node");
        await second.SendAsync([1, 2, 3]);
        Assert.Equal([1, 2, 3], await KeepTimeAsync(world, second.ReceiveAsync(3)));
    }

    [Theory]
    [InlineData(Protocol.Tcp)]
    [InlineData(Protocol.Kcp)]
    public async Task A_kcp_client_that_falls_silent_ends_its_session(Protocol to)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(to, async pipe =>
        {
            await pipe.ReceiveAsync(3);
            heard.SetResult();
            await pipe.ReceiveSomeAsync();
            ended.SetResult();
        });
        await using GatewayWorld world = await StartAsync();
        using Pipe client = await KeepTimeAsync(world, world.EnterAsync(Protocol.Kcp, backend.Key));
        await client.SendAsync([1, 2, 3]);
        await KeepTimeAsync(world, () => Task.FromResult(heard.Task.IsCompleted));
        Assert.Equal("idle", (await PassTimeAsync(world, world.NextEndedAsync()))["Reason"]);
        if (to == Protocol.Tcp)
        {
            await ended.Task.WaitAsync(SocketExtensions.Patience);
        }
    }

    /// <summary>Uses the gateway's default settings.</summary>
    [Fact]
    public async Task A_kcp_client_suspended_for_less_than_the_idle_timeout_gets_every_byte()
    {
        var pieces = Channel.CreateUnbounded<byte[]>();
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(Protocol.Tcp, async pipe =>
        {
            await pipe.ReceiveAsync(1);
            heard.SetResult();
            await foreach (byte[] piece in pieces.Reader.ReadAllAsync())
            {
                await pipe.SendAsync(piece);
            }

            await pipe.SendAsync(await pipe.ReceiveAsync(1));
        });
        await using GatewayWorld world = await MatrixWorld.StartAsync(virtualTime: true);
        using Pipe client = await KeepTimeAsync(world, world.EnterAsync(Protocol.Kcp, backend.Key));

        // The acknowledgement sent with this byte proves the client's address.
        await client.SendAsync([1]);
        await KeepTimeAsync(world, () => Task.FromResult(heard.Task.IsCompleted));

        byte[] all = RandomBytes(500 * 200);
        using (await ((KcpPipe)client).SuspendAsync())
        {
            for (int i = 0; i < 500; i++)
            {
                await pieces.Writer.WriteAsync(all[(i * 200)..((i + 1) * 200)]);
                await PassTimeAsync(world, TimeSpan.FromMilliseconds(100));
            }
        }

        pieces.Writer.Complete();
        byte[] received = await KeepTimeAsync(world, client.ReceiveAsync(all.Length));
        Assert.True(all.AsSpan().SequenceEqual(received), "the bytes arrived changed");
        await client.SendAsync([7]);
        Assert.Equal([7], await KeepTimeAsync(world, client.ReceiveAsync(1)));
    }

    /// <summary>The gateway's clock runs faster than that of its peers, so the gateway must not drop them for being slow.</summary>
    private static Task<GatewayWorld> StartAsync(Func<GatewayOptions, GatewayOptions>? change = null) => MatrixWorld.StartAsync(
        change: options =>
        {
            options = options with { Kcp = options.Kcp! with { Session = options.Kcp.Session with { DeadLinkTime = int.MaxValue } } };
            return change is null ? options : change(options);
        },
        virtualTime: true);

    private static TaskCompletionSource<KcpPipe> NewAsked() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts a KCP backend that hands over its session after one byte and then leaves it alone.</summary>
    private static Task<MatrixBackend> StartAskedAsync(TaskCompletionSource<KcpPipe> asked) =>
        MatrixBackend.StartAsync(Protocol.Kcp, async pipe =>
        {
            await pipe.ReceiveAsync(1);
            asked.SetResult((KcpPipe)pipe);
            await Task.Delay(Timeout.Infinite);
        });

    private static Task PauseAsync(Pipe client) => client is KcpPipe kcp ? kcp.PauseAsync() : Task.CompletedTask;

    private static Task ResumeAsync(Pipe client) => client is KcpPipe kcp ? kcp.ResumeAsync() : Task.CompletedTask;

    /// <summary>Makes the gateway send a datagram to the closed port and lets it see the error.</summary>
    private static async Task FindOutAsync(GatewayWorld world, Pipe client)
    {
        await KeepTimeAsync(world, client.SendAsync(new byte[1]));
        if (client is KcpPipe kcp)
        {
            await KeepTimeAsync(world, kcp.IsDeliveredAsync);
        }

        await PassTimeAsync(world, TimeSpan.FromMilliseconds(100));
    }

    /// <summary>Asserts that the client sees the end, if its protocol has one. KCP has none.</summary>
    private static async Task AssertCutOffAsync(GatewayWorld world, Pipe client)
    {
        if (client is SocketPipe)
        {
            SocketException end = await Assert.ThrowsAsync<SocketException>(() => KeepTimeAsync(world, client.ReceiveSomeAsync()));
            Assert.Equal(SocketError.ConnectionReset, end.SocketErrorCode);
        }
        else if (client is WebSocketPipe)
        {
            Assert.Empty(await KeepTimeAsync(world, client.ReceiveSomeAsync()));
        }
    }

    private static void AssertBeginsWith(ReadOnlySpan<byte> received, ReadOnlySpan<byte> sent)
    {
        int same = received.CommonPrefixLength(sent);
        Assert.True(same == received.Length, $"byte {same} of {received.Length} differs");
    }

    /// <summary>Runs the gateway's clock at the speed of its peers' clocks until a task of theirs is done.</summary>
    private static async Task<T> KeepTimeAsync<T>(GatewayWorld world, Task<T> until)
    {
        await KeepTimeAsync(world, () => Task.FromResult(until.IsCompleted));
        return await until;
    }

    private static async Task KeepTimeAsync(GatewayWorld world, Task until)
    {
        await KeepTimeAsync(world, () => Task.FromResult(until.IsCompleted));
        await until;
    }

    /// <summary>
    /// Runs the gateway's clock at the speed of its peers' clocks, or slower, while they work. If this machine stalls, so does the clock.
    /// </summary>
    private static async Task KeepTimeAsync(GatewayWorld world, Func<Task<bool>> until)
    {
        long start = Stopwatch.GetTimestamp();
        long last = start;
        while (!await until())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < SocketExtensions.Patience, "timed out waiting for a condition");
            TimeSpan step = Stopwatch.GetElapsedTime(last);
            last += (long)(step.TotalSeconds * Stopwatch.Frequency);
            await world.AdvanceAsync(step < Step ? step : Step);
        }
    }

    /// <summary>Lets the gateway's clock run ahead while the peers do nothing.</summary>
    private static async Task<T> PassTimeAsync<T>(GatewayWorld world, Task<T> until)
    {
        long start = Stopwatch.GetTimestamp();
        while (!until.IsCompleted)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < SocketExtensions.Patience, "timed out waiting for a task");
            await world.AdvanceAsync(Step);
        }

        return await until;
    }

    private static async Task PassTimeAsync(GatewayWorld world, TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += Step)
        {
            await world.AdvanceAsync(Step);
        }
    }

    private static Backend Read(string text) => Backend.TryParse(text, out Backend? backend) ? backend : throw new FormatException(text);

    private static async Task AssertEndedAsync(GatewayWorld world, string reason, long bytesFromClient, long bytesFromBackend)
    {
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal((reason, bytesFromClient, bytesFromBackend), (line["Reason"], line["BytesFromClient"], line["BytesFromBackend"]));
    }

    /// <summary>Resolves every route key to these backends.</summary>
    private sealed class OneNode(params Backend[] backends) : IBackendResolver
    {
        public string Name => "one";

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(Resolution.To(backends));
    }
}
