using System.Net.Sockets;
using CsCheck;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>Bytes, half-closes, resets and back-pressure after both sides are connected.</summary>
public sealed class RelayScenarios
{
    public static TheoryData<Engine> Engines => Engine.All;

    [Theory, MemberData(nameof(Engines))]
    public async Task Bytes_sent_after_the_frame_arrive_complete_and_in_order(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        foreach (int size in new[] { 0, 1, 4096, 16 * 1024 - 18, 16 * 1024, 100_000, 1024 * 1024, 4 * 1024 * 1024 })
        {
            byte[] payload = RandomBytes(size, seed: size);
            using Socket client = await world.ConnectAsync();
            Task sending = client.SendAllAsync(Join(Frame(backend.Key), payload));
            Assert.Equal(Ok, await client.ReceiveExactlyAsync(Ok.Length));
            byte[] echoed = await client.ReceiveExactlyAsync(size);
            await sending;
            Assert.True(payload.AsSpan().SequenceEqual(echoed), $"{size} bytes came back changed");
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Data_after_a_half_close_is_never_lost(Engine engine)
    {
        byte[] question = RandomBytes(30_000, seed: 2);
        byte[] answer = RandomBytes(100_000, seed: 3);
        await using TestBackend afterClient = TestBackend.Start(async socket =>
        {
            // The client finishes first. The answer follows its FIN.
            Assert.Equal(question, await socket.ReceiveToEndAsync());
            await socket.SendAllAsync(answer);
        });
        var received = new Queue<TaskCompletionSource<byte[]>>();
        await using TestBackend beforeClient = TestBackend.Start(async socket =>
        {
            // The backend finishes first and keeps reading.
            await socket.SendAllAsync(answer);
            socket.Shutdown(SocketShutdown.Send);
            received.Peek().SetResult(await socket.ReceiveToEndAsync());
        });
        await using GatewayWorld world = await StartAsync(engine);
        for (int i = 0; i < 200; i++)
        {
            using (Socket client = await world.EnterAsync(afterClient.Key))
            {
                await client.SendAllAsync(question);
                client.Shutdown(SocketShutdown.Send);
                Assert.Equal(answer, await client.ReceiveToEndAsync());
            }

            await AssertEndedAsync(world, "completed", question.Length, answer.Length);
            received.Enqueue(new(TaskCreationOptions.RunContinuationsAsynchronously));
            using (Socket client = await world.EnterAsync(beforeClient.Key))
            {
                Assert.Equal(answer, await client.ReceiveToEndAsync());
                await client.SendAllAsync(question);
                client.Shutdown(SocketShutdown.Send);
                Assert.Equal(question, await received.Peek().Task.WaitAsync(SocketExtensions.Patience));
            }

            received.Dequeue();
            await AssertEndedAsync(world, "completed", question.Length, answer.Length);
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_reset_is_passed_on_as_a_reset(Engine engine)
    {
        var backendSaw = new Queue<TaskCompletionSource<bool>>();
        await using TestBackend listening = TestBackend.Start(async socket => backendSaw.Peek().SetResult(await socket.IsResetAsync()));
        await using TestBackend resetting = TestBackend.Start(async socket =>
        {
            await socket.ReceiveExactlyAsync(1);
            socket.Reset();
        });
        await using GatewayWorld world = await StartAsync(engine);
        for (int i = 0; i < 20; i++)
        {
            backendSaw.Enqueue(new(TaskCreationOptions.RunContinuationsAsynchronously));
            (await world.EnterAsync(listening.Key)).Reset();
            Assert.True(await backendSaw.Peek().Task.WaitAsync(SocketExtensions.Patience), "the backend saw an orderly end");
            backendSaw.Dequeue();
            await AssertEndedAsync(world, "client_lost", 0, 0);

            using Socket client = await world.EnterAsync(resetting.Key);
            await client.SendAllAsync(new byte[1]);
            Assert.True(await client.IsResetAsync(), "the client saw an orderly end");
            await AssertEndedAsync(world, "backend_lost", 1, 0);
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_reset_after_a_half_close_is_still_passed_on(Engine engine)
    {
        var backendSaw = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var halfClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.ReceiveToEndAsync();
            halfClosed.SetResult();
            try
            {
                // The other direction continues until the reset arrives.
                while (true)
                {
                    await socket.SendAllAsync(new byte[1000]);
                }
            }
            catch (SocketException)
            {
                backendSaw.SetResult(true);
            }
        });
        await using GatewayWorld world = await StartAsync(engine);
        Socket client = await world.EnterAsync(backend.Key);
        client.Shutdown(SocketShutdown.Send);
        await halfClosed.Task.WaitAsync(SocketExtensions.Patience);
        await client.ReceiveExactlyAsync(1000);
        client.Reset();
        Assert.True(await backendSaw.Task.WaitAsync(SocketExtensions.Patience));
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_backend_that_closes_at_once_completes_the_session(Engine engine)
    {
        await using TestBackend backend = TestBackend.Start(_ => Task.CompletedTask);
        await using GatewayWorld world = await StartAsync(engine);
        Assert.Equal(Ok, await world.SendAndReadToEndAsync(Frame(backend.Key)));
        await AssertEndedAsync(world, "completed", 0, 0);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task An_idle_session_ends_and_a_busy_one_continues(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(
            engine,
            options => options with { Tcp = options.Tcp! with { IdleTimeout = TimeSpan.FromSeconds(30) } },
            virtualTime: true);
        using Socket idle = await world.EnterAsync(backend.Key);
        using Socket busy = await world.EnterAsync(backend.Key);
        for (int i = 0; i < 3; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(10));
            await busy.SendAllAsync(new byte[] { 7 });
            Assert.Equal([7], await busy.ReceiveExactlyAsync(1));
        }

        Assert.Empty(await idle.ReceiveToEndAsync());
        Assert.Equal("idle", (await world.NextEndedAsync())["Reason"]);
        await busy.SendAllAsync(new byte[] { 8 });
        Assert.Equal([8], await busy.ReceiveExactlyAsync(1));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Endless_senders_do_not_starve_other_sessions(Engine engine)
    {
        await using TestBackend sink = TestBackend.Start(async socket =>
        {
            byte[] buffer = new byte[256 * 1024];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        });
        await using TestBackend echo = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        using var stop = new CancellationTokenSource();
        var floods = new List<Task>();
        for (int i = 0; i < 4; i++)
        {
            Socket flood = await world.EnterAsync(sink.Key);
            floods.Add(Task.Run(async () =>
            {
                byte[] chunk = new byte[256 * 1024];
                while (!stop.IsCancellationRequested)
                {
                    await flood.SendAllAsync(chunk);
                }

                flood.Reset();
            }));
        }

        using Socket client = await world.EnterAsync(echo.Key);
        for (int i = 0; i < 100; i++)
        {
            await client.SendAllAsync(new byte[] { (byte)i });
            Assert.Equal(i, (await client.ReceiveExactlyAsync(1))[0]);
        }

        await stop.CancelAsync();
        await Task.WhenAll(floods);
    }

    /// <summary>
    /// Random chunks in both directions at once, ended in a random order. Every byte arrives in order and is counted once.
    /// </summary>
    [Theory, MemberData(nameof(Engines))]
    public async Task Random_traffic_arrives_complete(Engine engine)
    {
        Gen<int[]> chunks = Gen.Int[1, 40_000].Array[0, 12];
        await Gen.Select(chunks, chunks, Gen.Bool, Gen.Bool).SampleAsync(
            async (fromClient, fromBackend, clientWaits, backendWaits) =>
            {
                byte[] up = RandomBytes(fromClient.Sum(), seed: fromClient.Length + 10);
                byte[] down = RandomBytes(fromBackend.Sum(), seed: fromBackend.Length + 100);
                var backendGot = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
                await using TestBackend backend = TestBackend.Start(async socket =>
                {
                    try
                    {
                        backendGot.SetResult(await ExchangeAsync(socket, down, fromBackend, backendWaits && !clientWaits));
                    }
                    catch (SocketException failure)
                    {
                        backendGot.SetException(failure);
                    }
                });

                // Each case gets its own gateway, so a failed case cannot affect those that search for a smaller one.
                await using GatewayWorld world = await StartAsync(engine);
                using Socket client = await world.EnterAsync(backend.Key);
                byte[] clientGot = await ExchangeAsync(client, up, fromClient, clientWaits);
                Assert.True(down.AsSpan().SequenceEqual(clientGot), "bytes of the backend were changed or lost");
                byte[] arrived = await backendGot.Task.WaitAsync(SocketExtensions.Patience);
                Assert.True(up.AsSpan().SequenceEqual(arrived), "bytes of the client were changed or lost");
                await AssertEndedAsync(world, "completed", up.Length, down.Length);
                return true;
            },
            iter: 60,
            threads: 1);
    }

    /// <summary>Sends in chunks with a FIN, and reads to FIN: at the same time, or reading first.</summary>
    private static async Task<byte[]> ExchangeAsync(Socket socket, byte[] bytes, int[] chunks, bool readsFirst)
    {
        Task<byte[]> reading = socket.ReceiveToEndAsync();
        if (readsFirst)
        {
            await reading;
        }

        int start = 0;
        foreach (int chunk in chunks)
        {
            await socket.SendAllAsync(bytes.AsMemory(start, chunk));
            start += chunk;
        }

        socket.Shutdown(SocketShutdown.Send);
        return await reading;
    }

    private static async Task AssertEndedAsync(GatewayWorld world, string reason, long fromClient, long fromBackend)
    {
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal(
            (reason, fromClient, fromBackend),
            ((string)line["Reason"]!, (long)line["BytesFromClient"]!, (long)line["BytesFromBackend"]!));
    }
}
