using System.Buffers.Binary;
using System.Net.Sockets;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.Transport.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>In which pieces messages travel.</summary>
public sealed class SendTests
{
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;

    [Theory, InlineData(1, false), InlineData(1000, false), InlineData(1000, true), InlineData(65_536, false)]
    public async Task No_message_to_a_client_is_longer_than_the_longest(int longest, bool compression)
    {
        byte[] bytes = GatewayWorld.RandomBytes(200_000 / (longest == 1 ? 100 : 1));
        await using TestBackend backend = TestBackend.Start(socket => socket.SendAllAsync(bytes));
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { MaxMessageBytes = longest, Compression = compression });
        using WsClient client = await EnterAsync(
            world.EndPoint, backend.Key, compression ? ["Sec-WebSocket-Extensions: permessage-deflate"] : []);
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

    /// <summary>tcpi_data_segs_in.</summary>
    private static uint SegmentsIn(Socket socket)
    {
        Span<byte> info = stackalloc byte[156];
        socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
        return BinaryPrimitives.ReadUInt32LittleEndian(info[152..]);
    }
}
