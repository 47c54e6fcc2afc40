using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Sluice.Gateway;
using Sluice.Gateway.Sessions;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>
/// A client that does not read while its backend never stops sending, so that the gateway holds bytes for it: how that ends.
/// </summary>
public sealed class FullBufferTests
{
    [Fact]
    public async Task A_client_that_reads_nothing_is_reset_if_its_close_code_cannot_be_sent()
    {
        await using FullClient full = await FullClient.StartAsync();
        await UntilIdleAsync(full.World);
        await WaitForNothingAsync(full.World);
        Assert.True(await full.Client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task A_slow_reader_gets_everything_and_its_close_code()
    {
        await using FullClient full = await FullClient.StartAsync();
        await UntilIdleAsync(full.World);
        WsFrame frame = await full.Client.ReadFrameAsync();
        for (long read = 0; frame.Opcode == Binary; frame = await full.Client.ReadFrameAsync())
        {
            Assert.Equal(new byte[frame.Payload.Length], frame.Payload);
            read += frame.Payload.Length;
            if (read > 1_500_000)
            {
                read = 0;
                await full.World.PassTurnsAsync();
                await full.World.AdvanceAsync(TimeSpan.FromSeconds(1));
            }
        }

        Assert.Equal((Fin | Close, 1001), (frame.First, frame.CloseCode));
    }

    [Fact]
    public async Task A_slow_reader_gets_the_pong_for_its_latest_ping_before_the_next_message()
    {
        await using FullClient full = await FullClient.StartAsync();
        for (int ping = 1; ping <= 3; ping++)
        {
            await full.Client.SendAsync(Frame(Fin | Ping, [(byte)ping]));
            await full.World.PassTurnsAsync();
        }

        // A pong after this many bytes would be after messages that the gateway received after the ping.
        long most = full.Sent();
        long read = 0;
        int answered = 0;
        while (answered != 3)
        {
            WsFrame frame = await full.Client.ReadFrameAsync();
            if (frame.Opcode == Binary)
            {
                read += frame.Payload.Length;
                Assert.True(read <= most, "no pong, though everything sent before the ping was read");
            }
            else
            {
                // If little was held for the client when an earlier ping came, that one was answered too.
                Assert.Equal(Fin | Pong, frame.First);
                Assert.InRange(Assert.Single(frame.Payload), answered + 1, 3);
                answered = frame.Payload[0];
            }
        }

        Assert.Equal(Fin | Binary, (await full.Client.ReadFrameAsync()).First);
    }

    [Fact]
    public async Task A_slow_reader_that_is_kicked_gets_no_pong_after_its_close_code()
    {
        await using FullClient full = await FullClient.StartAsync();
        await full.Client.SendAsync(Frame(Fin | Ping, "x"u8));
        await full.World.PassTurnsAsync();
        await KickAsync(full.World);
        await AssertClosedBehindMessagesAsync(full.Client, 1008);
    }

    [Fact]
    public async Task A_kicked_client_that_reads_nothing_is_reset()
    {
        await using FullClient full = await FullClient.StartAsync();
        await KickAsync(full.World);
        await WaitForNothingAsync(full.World);
        Assert.True(await full.Client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task A_kicked_client_that_reads_on_gets_everything_and_1008()
    {
        await using FullClient full = await FullClient.StartAsync();
        await KickAsync(full.World);
        await AssertClosedBehindMessagesAsync(full.Client, 1008);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_while_the_gateway_stops_is_reset()
    {
        await using FullClient full = await FullClient.StartAsync(drainTimeout: TimeSpan.Zero);
        Task stopped = full.World.Gateway.StopAsync();
        Assert.Equal("shutdown", (await full.World.NextEndedAsync())["Reason"]);
        await UntilStoppedAsync(full.World, stopped);
        Assert.True(await full.Client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task A_client_that_reads_nothing_when_the_gateway_ends_at_once_is_reset()
    {
        await using FullClient full = await FullClient.StartAsync();
        await full.World.Gateway.DisposeAsync();
        Assert.True(await full.Client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task A_client_that_reads_on_while_the_gateway_stops_gets_everything_and_1012()
    {
        await using FullClient full = await FullClient.StartAsync(drainTimeout: TimeSpan.Zero);
        Task stopped = full.World.Gateway.StopAsync();
        Assert.Equal("shutdown", (await full.World.NextEndedAsync())["Reason"]);
        await AssertClosedBehindMessagesAsync(full.Client, 1012);
        await UntilStoppedAsync(full.World, stopped);
    }

    /// <summary>Two seconds in which nothing is taken, and as many again for what the systems still acknowledge by themselves.</summary>
    private static async Task WaitForNothingAsync(GatewayWorld world)
    {
        for (int i = 0; i < 4; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(2));
        }
    }

    private static async Task UntilStoppedAsync(GatewayWorld world, Task stopped)
    {
        while (!stopped.IsCompleted)
        {
            await world.AdvanceWhileStoppingAsync(TimeSpan.FromSeconds(1));
        }

        await stopped;
    }

    private static async Task KickAsync(GatewayWorld world)
    {
        await world.Gateway.Loops[0].InvokeAsync(() =>
        {
            GreetedOf(SessionsOf(world.Gateway)[0]).First!.Stop(EndReason.Kicked);
            return true;
        });
        Assert.Equal("kicked", (await world.NextEndedAsync())["Reason"]);
    }

    /// <summary>Everything that was sent before is there, then the close frame, and nothing after it.</summary>
    private static async Task AssertClosedBehindMessagesAsync(WsClient client, int code)
    {
        WsFrame frame = await client.ReadFrameAsync();
        for (; frame.Opcode is Binary or Pong; frame = await client.ReadFrameAsync())
        {
            Assert.True(frame.Opcode == Pong || !frame.Payload.AsSpan().ContainsAnyExcept((byte)0), "a message was changed");
        }

        Assert.Equal((Fin | Close, code, ""), (frame.First, frame.CloseCode, frame.CloseReason));
        Assert.Empty(await client.Socket.ReceiveToEndAsync());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_sessions")]
    private static extern ref List<LoopSessions> SessionsOf(SluiceGateway gateway);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_greeted")]
    private static extern ref SessionList GreetedOf(LoopSessions sessions);

    /// <summary>
    /// Lets time pass until the session has ended for having been idle: not while the systems still acknowledge something by themselves.
    /// </summary>
    private static async Task UntilIdleAsync(GatewayWorld world)
    {
        for (int i = 0; i < 10 && await world.Gateway.Loops[0].InvokeAsync(() => world.Gateway.SessionsNow) > 0; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(60));
        }

        Assert.Equal("idle", (await world.NextEndedAsync())["Reason"]);
    }

    /// <summary>The client, once its buffers and those of the gateway are full; time is virtual.</summary>
    /// <param name="World">The gateway.</param>
    /// <param name="Client">The client.</param>
    /// <param name="Backend">Its backend.</param>
    /// <param name="Sent">Bytes that the backend has sent or is trying to send.</param>
    private sealed record FullClient(GatewayWorld World, WsClient Client, TestBackend Backend, Func<long> Sent) : IAsyncDisposable
    {
        public static async Task<FullClient> StartAsync(TimeSpan? drainTimeout = null)
        {
            long sent = 0;
            var sender = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
            TestBackend backend = TestBackend.Start(async socket =>
            {
                sender.SetResult(socket);
                while (true)
                {
                    Interlocked.Add(ref sent, 16 * 1024);
                    await socket.SendAllAsync(new byte[16 * 1024]);
                }
            });
            GatewayWorld world = await WsWorld.StartAsync(
                gate => gate with { IdleTimeout = TimeSpan.FromSeconds(60), PingInterval = TimeSpan.Zero },
                options => options with { DrainTimeout = drainTimeout ?? options.DrainTimeout },
                virtualTime: true);
            WsClient client = await EnterAsync(world.EndPoint, backend.Key);
            await world.UntilStuckAsync(await sender.Task);
            return new FullClient(world, client, backend, () => Interlocked.Read(ref sent));
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await World.DisposeAsync();
            await Backend.DisposeAsync();
        }
    }
}
