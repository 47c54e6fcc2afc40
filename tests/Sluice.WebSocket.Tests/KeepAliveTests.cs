using System.Net.Sockets;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.Transport.Loop;
using Sluice.Transport.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>Whose silence means something: pings, and time without payload.</summary>
public sealed class KeepAliveTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    public static TheoryData<PollerKind> Pollers => OperatingSystem.IsLinux() ? [PollerKind.Poll, PollerKind.Epoll] : [PollerKind.Poll];

    [Theory, MemberData(nameof(Pollers))]
    public async Task A_client_that_reads_slowly_is_waited_for(PollerKind poller)
    {
        const int Bytes = 8_000_000;
        byte[] bytes = GatewayWorld.RandomBytes(Bytes);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.ReceiveExactlyAsync(6);
            await socket.SendAllAsync(bytes);
            await TestBackend.EchoAsync(socket);
        });
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true, engine: new Engine(poller, ZeroCopy: false));
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        client.Socket.ReceiveBufferSize = 32 * 1024;
        await client.SendAsync(Message("go"u8.ToArray()));
        using var got = new MemoryStream();
        int pings = 0;
        for (int read = 0; got.Length < Bytes; read++)
        {
            WsFrame frame = await client.ReadFrameAsync();
            pings += frame.Opcode == Ping ? 1 : 0;
            got.Write(frame.Opcode == Binary ? frame.Payload : []);
            if (read % 12 == 11)
            {
                await world.PassTurnsAsync();
                await world.AdvanceAsync(Interval);
            }
        }

        Assert.True(bytes.AsSpan().SequenceEqual(got.ToArray()), "bytes of the backend were changed or lost");
        while (pings == 0)
        {
            WsFrame frame = await client.ReadFrameAsync();
            Assert.Equal((byte)(Fin | Ping), frame.First);
            pings++;
        }

        Assert.Equal(1, pings);
        await client.SendAsync([.. Frame(Fin | Pong, default), .. Message("still here"u8.ToArray())]);
        Assert.Equal(Prefixed("still here"u8.ToArray()), await client.ReadStreamAsync(14));
    }

    [Theory, MemberData(nameof(Pollers))]
    public async Task A_client_that_reads_nothing_is_lost(PollerKind poller)
    {
        await using TestBackend backend = Endless(out Task<Socket> sender);
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true, engine: new Engine(poller, ZeroCopy: false));
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await world.UntilStuckAsync(await sender);

        // The first interval ends with a ping that cannot leave; what the kernels still moved by themselves may take one more.
        for (int i = 0; i < 4; i++)
        {
            await world.AdvanceAsync(Interval);
        }

        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_client_that_takes_messages_without_ever_answering_is_lost_after_two_intervals()
    {
        var mayTalk = new SemaphoreSlim(0);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            while (true)
            {
                await mayTalk.WaitAsync(SocketExtensions.Patience);
                await socket.SendAllAsync("news"u8.ToArray());
            }
        });
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        for (int i = 0; i < 2; i++)
        {
            mayTalk.Release();
            await client.AssertMessageAsync("news"u8.ToArray());
            await world.AdvanceAsync(Interval);
            if (i == 0)
            {
                Assert.Equal((byte)(Fin | Ping), (await client.ReadFrameAsync()).First);
            }
        }

        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
        await backend.DisposeAsync();
        mayTalk.Release();
    }

    [Fact]
    public async Task A_client_that_has_finished_is_not_asked_for_a_pong()
    {
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            byte[] question = await socket.ReceiveToEndAsync();
            await mayAnswer.Task;
            await socket.SendAllAsync(question);
        });
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.SendAsync(Message("question"u8.ToArray()));
        client.Socket.Shutdown(SocketShutdown.Send);
        await world.PassTurnsAsync();
        for (int i = 0; i < 5; i++)
        {
            await world.AdvanceAsync(Interval);
        }

        mayAnswer.SetResult();
        Assert.Equal(Prefixed("question"u8.ToArray()), await client.ReadStreamAsync(12));
        await client.AssertClosedAsync(1000, answer: false);
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_client_that_was_not_read_has_an_interval_from_when_it_is()
    {
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await mayRead.Task;
            byte[] buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        });
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await world.AdvanceAsync(Interval);
        Assert.Equal((byte)(Fin | Ping), (await client.ReadFrameAsync()).First);
        byte[] chunk = Message(new byte[100_000]);
        using var enough = new CancellationTokenSource();
        Task sending = Task.Run(async () =>
        {
            // As many as it takes until no system takes more by itself; few of them are sent.
            for (int i = 0; i < 2000 && !enough.IsCancellationRequested; i++)
            {
                await client.SendAsync(chunk);
            }
        });
        await world.UntilStuckAsync(client.Socket);
        await world.AdvanceAsync(Interval * 3);
        await enough.CancelAsync();
        mayRead.SetResult();
        await sending;
        await client.SendAsync(CloseFrame(1000));
        await client.AssertClosedAsync(1000, answer: false);
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, InlineData(WebSocketFraming.LengthPrefixed), InlineData(WebSocketFraming.Raw)]
    public async Task A_message_on_its_way_in_is_no_idleness(WebSocketFraming toBackend)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { IdleTimeout = Interval, ToBackend = toBackend, PingInterval = TimeSpan.Zero }, virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        byte[] payload = GatewayWorld.RandomBytes(100);
        foreach (byte[] piece in Message(payload).Chunk(10))
        {
            await client.SendAsync(piece);
            await world.PassTurnsAsync();
            await world.AdvanceAsync(Interval / 2);
        }

        byte[] expected = toBackend == WebSocketFraming.Raw ? payload : Prefixed(payload);
        Assert.Equal(expected, await client.ReadStreamAsync(expected.Length));
        await world.AdvanceAsync(Interval * 2);
        await client.AssertClosedAsync(1001);
        Assert.Equal("idle", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_message_on_its_way_out_is_no_idleness()
    {
        const int Bytes = 40_000_000;
        byte[] payload = GatewayWorld.RandomBytes(Bytes);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.SendAllAsync(Prefixed(payload));
            await socket.ReceiveToEndAsync();
        });
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { IdleTimeout = Interval, ToClient = WebSocketFraming.LengthPrefixed, MaxMessageBytes = Bytes, PingInterval = TimeSpan.Zero },
            virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        byte[] head = await client.Socket.ReceiveExactlyAsync(10);
        Assert.Equal([Fin | Binary, 127, .. new byte[4], 2, 98, 90, 0], head);
        using var got = new MemoryStream();
        while (got.Length < Bytes)
        {
            got.Write(await client.Socket.ReceiveExactlyAsync(Bytes / 10));
            await world.PassTurnsAsync();
            await world.AdvanceAsync(Interval / 2);
        }

        Assert.True(payload.AsSpan().SequenceEqual(got.ToArray()), "bytes of the backend were changed or lost");
        await world.AdvanceAsync(Interval * 2);
        await client.AssertClosedAsync(1001);
    }

    private static TestBackend Endless(out Task<Socket> sender)
    {
        var accepted = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        sender = accepted.Task;
        return TestBackend.Start(async socket =>
        {
            accepted.SetResult(socket);
            while (true)
            {
                await socket.SendAllAsync(new byte[16 * 1024]);
            }
        });
    }
}
