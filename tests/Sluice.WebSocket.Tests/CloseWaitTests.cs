using System.Net.Sockets;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.Transport.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>Between the gateway's close frame and the client's.</summary>
public sealed class CloseWaitTests
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_backend_that_has_finished_and_reads_slowly_gets_everything()
    {
        const int MessageBytes = 500_000;
        var mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            socket.Shutdown(SocketShutdown.Send);
            await mayRead.Task;
            got.SetResult(await socket.ReceiveToEndAsync());
        });
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        Assert.Equal(1000, (await client.ReadFrameAsync()).CloseCode);
        using var enough = new CancellationTokenSource();
        int sent = 0;
        Task sending = Task.Run(async () =>
        {
            // As many as it takes until no system takes more by itself; few of them are sent.
            for (; sent < 400 && !enough.IsCancellationRequested; sent++)
            {
                await client.SendAsync(Message(GatewayWorld.RandomBytes(MessageBytes, seed: sent)));
            }

            await client.SendAsync(CloseFrame(1000));
        });
        await world.UntilStuckAsync(client.Socket);
        for (int i = 0; i < 5; i++)
        {
            await world.AdvanceAsync(AnswerTime);
        }

        Assert.False(sending.IsCompleted, "it was ended though it had more to send");
        await enough.CancelAsync();
        mayRead.SetResult();
        await sending;
        byte[] arrived = await got.Task.WaitAsync(SocketExtensions.Patience);
        byte[] expected = [.. Enumerable.Range(0, sent).SelectMany(i => Prefixed(GatewayWorld.RandomBytes(MessageBytes, seed: i)))];
        Assert.True(expected.AsSpan().SequenceEqual(arrived), "bytes of the client were changed or lost");
        Assert.Empty(await client.Socket.ReceiveToEndAsync());
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_message_that_stays_incomplete_after_the_close_is_a_loss()
    {
        var reset = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = FinishedAtOnce(async socket => reset.SetResult(await socket.IsResetAsync()));
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { ToBackend = WebSocketFraming.Raw }, virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        Assert.Equal(1000, (await client.ReadFrameAsync()).CloseCode);
        await client.SendAsync(Message(new byte[1000])[..500]);
        await world.PassTurnsAsync();
        await world.AdvanceAsync(AnswerTime);
        Assert.True(await reset.Task.WaitAsync(SocketExtensions.Patience), "a message that was cut off looks whole");
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task Pings_and_empty_messages_after_the_close_delay_nothing()
    {
        await using TestBackend backend = FinishedAtOnce(socket => socket.ReceiveToEndAsync());
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        Assert.Equal(1000, (await client.ReadFrameAsync()).CloseCode);
        for (int i = 0; i < 5; i++)
        {
            await client.SendAsync([.. Frame(Fin | Ping, "still here"u8), .. Frame(Fin | Pong, default), .. Message([])]);
            await world.PassTurnsAsync();
            await world.AdvanceAsync(AnswerTime / 4);
        }

        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task Payload_after_the_close_extends_the_wait()
    {
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = FinishedAtOnce(async socket => got.SetResult(await socket.ReceiveToEndAsync()));
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        Assert.Equal(1000, (await client.ReadFrameAsync()).CloseCode);
        byte[] payload = GatewayWorld.RandomBytes(100);
        foreach (byte[] piece in Message(payload).Chunk(10))
        {
            await client.SendAsync(piece);
            await world.PassTurnsAsync();
            await world.AdvanceAsync(AnswerTime / 2);
        }

        await client.SendAsync(CloseFrame(1000));
        Assert.Equal(Prefixed(payload), await got.Task.WaitAsync(SocketExtensions.Patience));
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, InlineData(3), InlineData(4), InlineData(9)]
    public async Task A_backend_that_finishes_in_the_middle_of_a_frame_is_lost(int bytes)
    {
        await using TestBackend backend = FinishedAtOnce(socket => socket.ReceiveToEndAsync(), Prefixed(new byte[100])[..bytes]);
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { ToClient = WebSocketFraming.LengthPrefixed });
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.AssertClosedAsync(1011);
        Assert.Equal("backend_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, InlineData(3), InlineData(4), InlineData(9)]
    public async Task A_backend_that_finishes_in_the_middle_of_a_frame_is_lost_for_a_client_that_has_finished_too(int bytes)
    {
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            byte[] question = await socket.ReceiveToEndAsync();
            await socket.SendAllAsync((byte[])[.. question, .. Prefixed(new byte[100])[..bytes]]);
        });
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { ToClient = WebSocketFraming.LengthPrefixed });
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.SendAsync(Message("question"u8.ToArray()));
        client.Socket.Shutdown(SocketShutdown.Send);
        await client.AssertMessageAsync("question"u8.ToArray());
        await client.AssertClosedAsync(1011, answer: false);
        Assert.Equal("backend_lost", (await world.NextEndedAsync())["Reason"]);
    }

    private static TestBackend FinishedAtOnce(Func<Socket, Task> then, byte[]? first = null) => TestBackend.Start(async socket =>
    {
        await socket.SendAllAsync(first ?? []);
        socket.Shutdown(SocketShutdown.Send);
        await then(socket);
    });
}
