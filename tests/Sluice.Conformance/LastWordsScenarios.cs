using System.Net.Sockets;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>Bytes that one side sent before its connection was reset still reach the other side, and then the reset does.</summary>
/// <remarks>
/// A backend that kicks a player writes the reason and closes with unread input, which resets the connection (RFC 2525 2.17).
/// </remarks>
public sealed class LastWordsScenarios
{
    public static TheoryData<Engine> Engines => Engine.All;

    public static TheoryData<Engine> PlainEngines => Engine.Plain;

    [Theory, MemberData(nameof(Engines))]
    public async Task The_last_bytes_of_a_backend_that_closes_with_unread_input_reach_a_slow_client(Engine engine)
    {
        byte[] words = RandomBytes(200_000, seed: 21);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.ReceiveExactlyAsync(1);
            await socket.SendAllAsync(words);
            await socket.UntilDeliveredAsync();
        });
        await using GatewayWorld world = await StartAsync(engine);
        for (int i = 0; i < 5; i++)
        {
            using Socket client = await world.EnterAsync(backend.Key);
            client.ReceiveBufferSize = 64 * 1024;
            await client.SendAllAsync(new byte[100]);
            await world.PassTurnsAsync();
            AssertSame(words, await client.ReceiveToResetAsync());
            await AssertEndedAsync(world, "backend_lost", words.Length);
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Bytes_that_fill_every_buffer_when_a_backend_resets_reach_a_client_that_reads_late(Engine engine)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux reports how much was acknowledged");
        byte[] words = RandomBytes(64 * 1024 * 1024, seed: 22);
        var resets = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var delivered = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        long acknowledged = 0;
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            long before = socket.Acknowledged();
            Task sending = socket.SendAllAsync(words);
            while (!resets.Task.IsCompleted)
            {
                Volatile.Write(ref acknowledged, socket.Acknowledged() - before);
                await Task.Delay(1);
            }

            long last = socket.Acknowledged() - before;
            socket.Reset();
            delivered.SetResult(last);
            await sending;
        });
        await using GatewayWorld world = await StartAsync(engine);
        using Socket client = await world.EnterAsync(backend.Key);
        await world.UntilStillAsync(() => Volatile.Read(ref acknowledged));
        resets.SetResult();
        long least = await delivered.Task.WaitAsync(SocketExtensions.Patience);
        await world.PassTurnsAsync();
        byte[] received = await client.ReceiveToResetAsync();
        Assert.InRange(received.Length, least, words.Length);
        AssertSame(words[..received.Length], received);
        await AssertEndedAsync(world, "backend_lost", received.Length);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task The_last_bytes_of_a_client_that_resets_reach_a_slow_backend(Engine engine)
    {
        byte[] words = RandomBytes(500_000, seed: 23);
        var reads = new SemaphoreSlim(0);
        var received = new Queue<TaskCompletionSource<byte[]>>();
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            socket.ReceiveBufferSize = 64 * 1024;
            await reads.WaitAsync();
            received.Peek().SetResult(await socket.ReceiveToResetAsync());
        });
        await using GatewayWorld world = await StartAsync(engine);
        for (int i = 0; i < 5; i++)
        {
            received.Enqueue(new(TaskCreationOptions.RunContinuationsAsynchronously));
            Socket client = await world.EnterAsync(backend.Key);
            await client.SendAllAsync(words);
            await client.ResetOnceDeliveredAsync();
            await world.PassTurnsAsync();
            reads.Release();
            byte[] got = await received.Peek().Task.WaitAsync(SocketExtensions.Patience);
            received.Dequeue();
            if (!engine.IsBridged)
            {
                AssertSame(words, got);
            }
            else
            {
                // The bridge passes on the reset while some bytes are still on their way through it.
                AssertSame(words[..got.Length], got);
            }

            Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
        }
    }

    [Theory, MemberData(nameof(PlainEngines))]
    public async Task Last_bytes_that_nobody_reads_end_the_session_after_half_a_minute(Engine engine)
    {
        byte[] words = RandomBytes(64 * 1024 * 1024, seed: 24);
        var resets = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long sent = 0;
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            Task sending = Task.Run(async () =>
            {
                while (true)
                {
                    Interlocked.Add(ref sent, await socket.SendAsync(words.AsMemory(0, 64 * 1024)));
                }
            });
            await resets.Task;
            socket.Reset();
            await sending;
        });
        await using GatewayWorld world = await StartAsync(engine, virtualTime: true);
        using Socket client = await world.EnterAsync(backend.Key);
        await world.UntilStillAsync(() => Interlocked.Read(ref sent));
        EventLoop loop = world.Gateway.Loops[0];
        resets.SetResult();
        Task<IReadOnlyDictionary<string, object?>> ended = world.NextEndedAsync();
        int seconds = 0;
        for (; !ended.IsCompleted && seconds < 3600; seconds++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(seconds, 30, 3599);
        Assert.Equal("backend_lost", (await ended)["Reason"]);
        await client.ReceiveToResetAsync();
        Assert.Equal(0, await loop.InvokeAsync(() => loop.Buffers.Rented));
    }

    private static void AssertSame(byte[] expected, byte[] actual) =>
        Assert.True(
            expected.AsSpan().SequenceEqual(actual),
            $"got {actual.Length} of {expected.Length} bytes; the first difference is at {expected.AsSpan().CommonPrefixLength(actual)}");

    private static async Task AssertEndedAsync(GatewayWorld world, string reason, long fromBackend)
    {
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal((reason, fromBackend), ((string)line["Reason"]!, (long)line["BytesFromBackend"]!));
    }
}
