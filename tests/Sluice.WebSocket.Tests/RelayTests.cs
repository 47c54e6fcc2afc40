using System.Net.Sockets;
using CsCheck;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.Transport.Loop;
using Sluice.Transport.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>The scenarios of the TCP gate with WebSocket clients, over every poller and framing.</summary>
public sealed class RelayTests
{
    public static TheoryData<PollerKind, WebSocketFraming, WebSocketFraming> Ways
    {
        get
        {
            var ways = new TheoryData<PollerKind, WebSocketFraming, WebSocketFraming>();
            foreach (PollerKind poller in new[] { PollerKind.Poll, PollerKind.Epoll })
            {
                if (poller == PollerKind.Poll || OperatingSystem.IsLinux())
                {
                    ways.Add(poller, WebSocketFraming.LengthPrefixed, WebSocketFraming.Raw);
                    ways.Add(poller, WebSocketFraming.Raw, WebSocketFraming.Raw);
                    ways.Add(poller, WebSocketFraming.LengthPrefixed, WebSocketFraming.LengthPrefixed);
                }
            }

            return ways;
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Messages_after_the_request_arrive_complete_and_in_order(
        PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
        foreach (int size in new[] { 0, 1, 4096, 100_000, 1024 * 1024 })
        {
            byte[][] messages = [.. Enumerable.Range(0, 5).Select(i => GatewayWorld.RandomBytes(size / 5, seed: size + i))];
            using WsClient client = await UpgradeAsync(world.EndPoint, Request("/", $"server-identify: {backend.Key}"), Message([1, 2, 3]));
            Task sending = client.SendAsync([.. messages.SelectMany(Message)]);
            await client.AssertMessageAsync("ok"u8.ToArray());
            byte[] expected = InFraming(toBackend, toClient, [[1, 2, 3], .. messages]);
            byte[] echoed = await client.ReadStreamAsync(expected.Length);
            await sending;
            Assert.True(expected.AsSpan().SequenceEqual(echoed), $"{size} bytes came back changed");
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_reset_travels_on_as_a_reset(PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        var backendSaw = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket => backendSaw.SetResult(await socket.IsResetAsync()));
        await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
        (await EnterAsync(world.EndPoint, backend.Key)).Socket.Reset();
        Assert.True(await backendSaw.Task.WaitAsync(SocketExtensions.Patience), "the backend saw an orderly end");
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_backend_that_does_not_read_slows_the_client_and_memory_stays_bounded(
        PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        const int MessageBytes = 700_000;

        // More than any system takes by itself; few of them are sent.
        const int MostMessages = 400;
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await mayRead.Task;
            got.SetResult(await socket.ReceiveToEndAsync());
        });
        await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        using var enough = new CancellationTokenSource();
        int sent = 0;
        Task sending = Task.Run(async () =>
        {
            while (sent < MostMessages && !enough.IsCancellationRequested)
            {
                await client.SendAsync(Message(GatewayWorld.RandomBytes(MessageBytes, seed: sent)));
                sent++;
            }
        });
        await world.UntilStuckAsync(client.Socket);

        EventLoop loop = world.Gateway.Loops[0];
        Assert.InRange(await loop.InvokeAsync(() => loop.Buffers.Rented), 0, 2);
        await enough.CancelAsync();
        mayRead.SetResult();
        await sending;
        Assert.InRange(sent, 1, MostMessages - 1);
        await client.SendAsync(CloseFrame(1000));
        byte[] expected = InFraming(
            toBackend, WebSocketFraming.Raw, [.. Enumerable.Range(0, sent).Select(i => GatewayWorld.RandomBytes(MessageBytes, seed: i))]);
        byte[] arrived = await got.Task.WaitAsync(SocketExtensions.Patience);
        Assert.True(expected.AsSpan().SequenceEqual(arrived), "bytes of the client were changed or lost");
        Assert.Equal((long)sent * MessageBytes, (await world.NextEndedAsync())["BytesFromClient"]);
        Assert.Equal(0, await loop.InvokeAsync(() => loop.Buffers.Rented));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_client_that_does_not_read_slows_the_backend_and_memory_stays_bounded(
        PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        const int Sessions = 20;
        var sent = new long[Sessions];
        byte[] chunk = toClient == WebSocketFraming.Raw ? new byte[16 * 1024] : GatewayWorld.Frame(new byte[16 * 1024]);
        int next = -1;
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            int index = Interlocked.Increment(ref next);
            while (true)
            {
                sent[index] += await socket.SendAsync(chunk);
            }
        });
        await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
        var clients = new List<WsClient>();
        for (int i = 0; i < Sessions; i++)
        {
            clients.Add(await EnterAsync(world.EndPoint, backend.Key));
        }

        await world.UntilStillAsync(sent.Sum);

        EventLoop loop = world.Gateway.Loops[0];
        Assert.InRange(await loop.InvokeAsync(() => loop.Buffers.Rented), 0, Sessions);

        // Pings of a client that does not read fill nothing either, and the close still reaches the one that continues.
        await clients[0].SendAsync([.. Enumerable.Range(0, 20_000).SelectMany(_ => Frame(Fin | Ping, default))]);
        await world.PassTurnsAsync();
        Assert.InRange(await loop.InvokeAsync(() => loop.Buffers.Rented), 0, Sessions + 1);
        foreach (WsClient client in clients)
        {
            int read = 0;
            while (read < 8 * 1024 * 1024)
            {
                WsFrame frame = await client.ReadFrameAsync();
                read += frame.Opcode == Binary ? frame.Payload.Length : 0;
            }

            client.Socket.Reset();
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_sender_without_end_leaves_turns_to_the_others(
        PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        await using TestBackend sink = TestBackend.Start(async socket =>
        {
            byte[] buffer = new byte[256 * 1024];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        });
        await using TestBackend echo = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
        using var stop = new CancellationTokenSource();
        var floods = new List<Task>();
        byte[] chunk = [.. Enumerable.Range(0, 100).SelectMany(i => Message(new byte[i * 50]))];
        for (int i = 0; i < 4; i++)
        {
            WsClient flood = await EnterAsync(world.EndPoint, sink.Key);
            floods.Add(Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await flood.SendAsync(chunk);
                }

                flood.Socket.Reset();
            }));
        }

        using WsClient client = await EnterAsync(world.EndPoint, echo.Key);
        for (int i = 0; i < 100; i++)
        {
            byte[] expected = InFraming(toBackend, toClient, [[(byte)i]]);
            await client.SendAsync(Message([(byte)i]));
            Assert.Equal(expected, await client.ReadStreamAsync(expected.Length));
        }

        await stop.CancelAsync();
        await Task.WhenAll(floods);
    }

    /// <summary>
    /// Random messages, fragments, pings and pieces of sends, both ways at once: everything arrives, in order, and is counted once.
    /// </summary>
    [Theory, MemberData(nameof(Ways))]
    public async Task Random_traffic_arrives_whole(PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        Gen<int[]> sizes = Gen.OneOf(Gen.Int[0, 200], Gen.Int[0, 90_000]).Array[0, 12];
        await Gen.Select(sizes, sizes, Gen.Int[1, 100_000], Gen.Int[1, 70_000]).SampleAsync(
            async (fromClient, fromBackend, fragment, piece) =>
            {
                // A gateway for each case: leftovers of a failed case do not fail the ones that shrink it.
                await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
                byte[][] up = [.. fromClient.Select((size, i) => GatewayWorld.RandomBytes(size, seed: i))];
                byte[][] down = [.. fromBackend.Select((size, i) => GatewayWorld.RandomBytes(size, seed: 100 + i))];
                var backendGot = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
                byte[] toSend = toClient == WebSocketFraming.Raw ? Flat(down) : Flat([.. down.Select(Prefixed)]);
                await using TestBackend backend = TestBackend.Start(async socket =>
                {
                    Task<byte[]> reading = socket.ReceiveToEndAsync();
                    foreach (byte[] part in toSend.Chunk(piece))
                    {
                        await socket.SendAllAsync(part);
                    }

                    backendGot.SetResult(await reading);
                    socket.Shutdown(SocketShutdown.Send);
                });
                using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
                byte[] frames =
                [
                    .. up.SelectMany(message => Protocol.ProtocolCases.Fragmented(Binary, message, fragment).Concat(
                        Frame(Fin | Ping, "p"u8))), .. CloseFrame(3000),
                ];
                Task<byte[][]> receiving = ReadMessagesAsync(
                    client, toClient == WebSocketFraming.Raw ? null : down.Length, Flat(down).Length, up.Length);
                foreach (byte[] part in frames[..^8].Chunk(piece))
                {
                    await client.SendAsync(part);
                }

                byte[][] clientGot = await receiving;
                await client.SendAsync(frames[^8..]);
                await client.AssertClosedAsync(3000, answer: false);
                Assert.True(Flat(down).AsSpan().SequenceEqual(Flat(clientGot)), "bytes of the backend were changed or lost");
                if (toClient == WebSocketFraming.LengthPrefixed)
                {
                    Assert.Equal(down.Select(message => message.Length), clientGot.Select(message => message.Length));
                }

                byte[] arrived = await backendGot.Task.WaitAsync(SocketExtensions.Patience);
                Assert.True(InFraming(toBackend, WebSocketFraming.Raw, up).AsSpan().SequenceEqual(arrived), "bytes of the client were changed or lost");
                IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
                Assert.Equal(("completed", (long)Flat(up).Length, (long)Flat(down).Length), ((string)line["Reason"]!, (long)line["BytesFromClient"]!, (long)line["BytesFromBackend"]!));
                return true;
            },
            iter: 40,
            threads: 1);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Two_thousand_sessions_leak_no_descriptor(
        PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
        await RunSessionsAsync(200);
        int before = GatewayWorld.CountDescriptors();
        await RunSessionsAsync(2000);
        await world.UntilDescriptorsAsync(before + 8);

        async Task RunSessionsAsync(int count)
        {
            byte[] expected = InFraming(toBackend, toClient, [[1, 2, 3]]);
            for (int i = 0; i < count; i++)
            {
                using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
                await client.SendAsync(Message([1, 2, 3]));
                await client.ReadStreamAsync(expected.Length);
                await client.SendAsync(CloseFrame(1000));
                await client.AssertClosedAsync(1000, answer: false);
                await world.NextEndedAsync();
            }
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Relaying_allocates_nothing(PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(poller, toBackend, toClient);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        EventLoop loop = world.Gateway.Loops[0];
        byte[] small = Message(GatewayWorld.RandomBytes(64));
        byte[] large = Message(GatewayWorld.RandomBytes(64 * 1024));
        int smallBack = InFraming(toBackend, toClient, [new byte[64]]).Length;
        int largeBack = InFraming(toBackend, toClient, [new byte[64 * 1024]]).Length;
        await EchoAsync(200);
        long least = long.MaxValue;
        for (int round = 0; round < 4; round++)
        {
            long before = await loop.InvokeAsync(() => loop.AllocatedBytes);
            long asking = await loop.InvokeAsync(() => loop.AllocatedBytes) - before;
            await EchoAsync(1000);
            long after = await loop.InvokeAsync(() => loop.AllocatedBytes);
            least = Math.Min(least, after - before - (2 * asking));
        }

        Assert.InRange(least, long.MinValue, 0);

        async Task EchoAsync(int messages)
        {
            for (int i = 0; i < messages; i++)
            {
                await client.SendAsync(small);
                await client.ReadStreamAsync(smallBack);
            }

            for (int i = 0; i < 20; i++)
            {
                await client.SendAsync(large);
                await client.ReadStreamAsync(largeBack);
            }
        }
    }

    /// <summary>Time stands still: however long this machine takes, no client is pinged and nothing is overdue.</summary>
    private static Task<GatewayWorld> StartAsync(PollerKind poller, WebSocketFraming toBackend, WebSocketFraming toClient) =>
        WsWorld.StartAsync(gate => gate with { ToBackend = toBackend, ToClient = toClient }, virtualTime: true, engine: new Engine(
            poller, ZeroCopy: false));

    /// <summary>What an echo makes of messages, as the stream of payloads that the client reads.</summary>
    private static byte[] InFraming(WebSocketFraming toBackend, WebSocketFraming toClient, byte[][] messages) =>
        toBackend == WebSocketFraming.LengthPrefixed && toClient == WebSocketFraming.Raw ? Flat(
            [.. messages.Select(Prefixed)]) : Flat(messages);

    private static byte[] Flat(byte[][] messages) => [.. messages.SelectMany(message => message)];

    /// <summary>
    /// Reads until the bytes, the pongs and, where their number is known, the messages are there: the last ones may be empty.
    /// </summary>
    private static async Task<byte[][]> ReadMessagesAsync(WsClient client, int? count, int bytes, int pongs)
    {
        var messages = new List<byte[]>();
        for (int missing = bytes; missing > 0 || pongs > 0 || messages.Count < count;)
        {
            WsFrame frame = await client.ReadFrameAsync();
            if (frame.Opcode == Pong)
            {
                pongs--;
                continue;
            }

            Assert.Equal(Fin | Binary, frame.First);
            messages.Add(frame.Payload);
            missing -= frame.Payload.Length;
        }

        return [.. messages];
    }
}
