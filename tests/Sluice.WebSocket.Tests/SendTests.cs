using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Sluice.Conformance;
using Sluice.Gateway;
using Sluice.Gateway.Sessions;
using Sluice.Transport.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.WebSocket.Tests.Kit.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>In which pieces messages travel, and what becomes of those that nobody takes.</summary>
public sealed class SendTests
{
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;

    private readonly TaskCompletionSource<Socket> _sender = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory, InlineData(1, false), InlineData(1000, false), InlineData(1000, true), InlineData(65_536, false)]
    public async Task No_message_to_a_client_is_longer_than_the_longest(int longest, bool compression)
    {
        byte[] bytes = GatewayWorld.RandomBytes(200_000 / (longest == 1 ? 100 : 1));
        await using TestBackend backend = TestBackend.Start(socket => socket.SendAllAsync(bytes));
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { MaxMessageBytes = longest, Compression = compression });
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key, compression ? ["Sec-WebSocket-Extensions: permessage-deflate"] : []);
        using var got = new MemoryStream();
        while (got.Length < bytes.Length)
        {
            WsFrame frame = await client.ReadFrameAsync();
            Assert.Equal(Fin | Binary, frame.First);
            Assert.InRange(frame.Payload.Length, 1, longest);
            got.Write(frame.Payload);
        }

        Assert.Equal(bytes, got.ToArray());
        await client.AssertClosedAsync(1000);
    }

    [Fact]
    public async Task A_raw_message_streams_through_before_it_is_complete()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { ToBackend = WebSocketFraming.Raw });
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        byte[] payload = GatewayWorld.RandomBytes(1000);
        byte[] message = [.. Frame(Binary, payload.AsSpan(0, 400)), .. Frame(Fin, payload.AsSpan(400))];
        int sent = 0;
        int echoed = 0;
        foreach ((int upTo, int payloadUpTo) in new[] { (108, 100), (408, 400), (908, 892), (message.Length, 1000) })
        {
            await client.SendAsync(message[sent..upTo]);
            Assert.Equal(payload[echoed..payloadUpTo], await client.ReadStreamAsync(payloadUpTo - echoed));
            (sent, echoed) = (upTo, payloadUpTo);
        }
    }

    /// <summary>Two writes would be two segments: nothing holds the first one back.</summary>
    [Theory, InlineData(1), InlineData(64), InlineData(30_000)]
    public async Task Length_and_payload_are_one_segment(int bytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux counts the segments of a connection");
        var accepted = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            accepted.SetResult(socket);
            await TestBackend.EchoAsync(socket);
        });
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        Socket backendSocket = await accepted.Task.WaitAsync(SocketExtensions.Patience);
        byte[] payload = GatewayWorld.RandomBytes(bytes);

        // As it came, and put together from fragments and from pieces.
        foreach (byte[][] pieces in new byte[][][] { [Message(payload)], [[.. Frame(Binary, payload.AsSpan(0, bytes / 2)), .. Frame(Fin, payload.AsSpan(bytes / 2))]], [Message(payload)[..^1], Message(payload)[^1..]] })
        {
            uint before = SegmentsIn(backendSocket);
            foreach (byte[] piece in pieces)
            {
                await client.SendAsync(piece);
                await world.PassTurnsAsync();
            }

            Assert.Equal(Prefixed(payload), await client.ReadStreamAsync(4 + bytes));
            Assert.Equal(before + 1, SegmentsIn(backendSocket));
        }
    }

    [Fact]
    public async Task Who_reads_nothing_is_reset_where_its_close_code_cannot_be_sent()
    {
        await using TestBackend backend = Endless();
        await using GatewayWorld world = await IdleWorldAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await UntilFullAsync(world);
        await UntilIdleAsync(world);

        // Two seconds in which nothing is taken, and as many again for what the systems still acknowledge by themselves.
        for (int i = 0; i < 4; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(2));
        }

        Assert.True(await client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task Who_reads_slowly_gets_everything_and_its_close_code()
    {
        await using TestBackend backend = Endless();
        await using GatewayWorld world = await IdleWorldAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await UntilFullAsync(world);
        await UntilIdleAsync(world);
        WsFrame frame = await client.ReadFrameAsync();
        for (long read = 0; frame.Opcode == Binary; frame = await client.ReadFrameAsync())
        {
            Assert.Equal(new byte[frame.Payload.Length], frame.Payload);
            read += frame.Payload.Length;
            if (read > 1_500_000)
            {
                read = 0;
                await world.PassTurnsAsync();
                await world.AdvanceAsync(TimeSpan.FromSeconds(1));
            }
        }

        Assert.Equal((Fin | Close, 1001), (frame.First, frame.CloseCode));
    }

    [Fact]
    public async Task Who_is_kicked_and_reads_nothing_is_reset()
    {
        await using TestBackend backend = Endless();
        await using GatewayWorld world = await IdleWorldAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await UntilFullAsync(world);
        await KickAsync(world);
        for (int i = 0; i < 4; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(2));
        }

        Assert.True(await client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task Who_is_kicked_and_reads_on_gets_everything_and_1008()
    {
        await using TestBackend backend = Endless();
        await using GatewayWorld world = await IdleWorldAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await UntilFullAsync(world);
        await KickAsync(world);
        await AssertClosedBehindMessagesAsync(client, 1008);
    }

    [Fact]
    public async Task Who_reads_nothing_while_the_gateway_stops_is_reset()
    {
        await using TestBackend backend = Endless();
        await using GatewayWorld world = await IdleWorldAsync(drainTimeout: TimeSpan.Zero);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await UntilFullAsync(world);
        Task stopped = world.Gateway.StopAsync();
        Assert.Equal("shutdown", (await world.NextEndedAsync())["Reason"]);
        await UntilStoppedAsync(world, stopped);
        Assert.True(await client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task Who_reads_nothing_when_the_gateway_ends_at_once_is_reset()
    {
        await using TestBackend backend = Endless();
        await using GatewayWorld world = await IdleWorldAsync();
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await UntilFullAsync(world);
        await world.Gateway.DisposeAsync();
        Assert.True(await client.Socket.IsResetAsync(), "it was ended in order, with bytes missing");
    }

    [Fact]
    public async Task Who_reads_on_while_the_gateway_stops_gets_everything_and_1012()
    {
        await using TestBackend backend = Endless();
        await using GatewayWorld world = await IdleWorldAsync(drainTimeout: TimeSpan.Zero);
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await UntilFullAsync(world);
        Task stopped = world.Gateway.StopAsync();
        Assert.Equal("shutdown", (await world.NextEndedAsync())["Reason"]);
        await AssertClosedBehindMessagesAsync(client, 1012);
        await UntilStoppedAsync(world, stopped);
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
            GreetedOf(WorkersOf(world.Gateway)[0]).First!.Stop(EndReason.Kicked);
            return true;
        });
        Assert.Equal("kicked", (await world.NextEndedAsync())["Reason"]);
    }

    /// <summary>Everything that was sent before is there, and then the close frame, and nothing behind it.</summary>
    private static async Task AssertClosedBehindMessagesAsync(WsClient client, int code)
    {
        WsFrame frame = await client.ReadFrameAsync();
        for (; frame.Opcode == Binary; frame = await client.ReadFrameAsync())
        {
            Assert.Equal(new byte[frame.Payload.Length], frame.Payload);
        }

        Assert.Equal((Fin | Close, code, ""), (frame.First, frame.CloseCode, frame.CloseReason));
        Assert.Empty(await client.Socket.ReceiveToEndAsync());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_workers")]
    private static extern ref List<Worker> WorkersOf(SluiceGateway gateway);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_greeted")]
    private static extern ref SessionList GreetedOf(Worker worker);

    private static Task<GatewayWorld> IdleWorldAsync(TimeSpan? drainTimeout = null) => WsWorld.StartAsync(
        gate => gate with { IdleTimeout = TimeSpan.FromSeconds(60), PingInterval = TimeSpan.Zero },
        options => options with { DrainTimeout = drainTimeout ?? options.DrainTimeout },
        virtualTime: true);

    private TestBackend Endless() => TestBackend.Start(async socket =>
    {
        _sender.SetResult(socket);
        while (true)
        {
            await socket.SendAllAsync(new byte[16 * 1024]);
        }
    });

    private async Task UntilFullAsync(GatewayWorld world) => await world.UntilStuckAsync(await _sender.Task);

    /// <summary>Lets time pass until the session has ended for having been idle: not while the systems still acknowledge something by themselves.</summary>
    private static async Task UntilIdleAsync(GatewayWorld world)
    {
        for (int i = 0; i < 10 && await world.Gateway.Loops[0].InvokeAsync(() => world.Gateway.SessionsNow) > 0; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(60));
        }

        Assert.Equal("idle", (await world.NextEndedAsync())["Reason"]);
    }

    /// <summary>tcpi_data_segs_in.</summary>
    private static uint SegmentsIn(Socket socket)
    {
        Span<byte> info = stackalloc byte[156];
        socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
        return BinaryPrimitives.ReadUInt32LittleEndian(info[152..]);
    }
}
