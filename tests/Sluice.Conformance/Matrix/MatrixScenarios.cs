using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Vocabulary;
using Sluice.Kcp.Crypto;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Transport.WebSocket;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance.Matrix;

/// <summary>Every client reaches every backend, {tcp, kcp, websocket} × {tcp, kcp}, for any value of kcp_reciprocity.</summary>
public sealed class MatrixScenarios
{
    private const int BulkBytes = 300_000;
    private const int MessageBytes = 10_000;

    public static TheoryData<Protocol, Protocol> Pairs { get; } = new()
    {
        { Protocol.Tcp, Protocol.Tcp },
        { Protocol.Tcp, Protocol.Kcp },
        { Protocol.Kcp, Protocol.Tcp },
        { Protocol.Kcp, Protocol.Kcp },
        { Protocol.WebSocket, Protocol.Tcp },
        { Protocol.WebSocket, Protocol.Kcp },
    };

    /// <summary>KCP has no message for the end of a session.</summary>
    public static TheoryData<Protocol, Protocol> PairsWhoseClientCanEnd => [.. Pairs.Where(row => row.Data.Item1 != Protocol.Kcp)];

    [Theory, MemberData(nameof(Pairs))]
    public async Task Echoed_messages_arrive_unchanged(Protocol from, Protocol to)
    {
        await using MatrixBackend backend = await MatrixBackend.StartEchoAsync(to);
        await using GatewayWorld world = await StartAgainstAsync(to);
        using Pipe client = await world.EnterAsync(from, backend.Key);
        for (int size = 1; size <= 20_000; size = (size * 3) + 1)
        {
            byte[] message = RandomBytes(size, seed: size);
            await client.SendAsync(message);
            byte[] expected = client.AtBackend(message);
            Assert.Equal(expected, await client.ReceiveAsync(expected.Length));
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Bulk_data_in_both_directions_at_once_arrives_complete(Protocol from, Protocol to)
    {
        byte[] down = RandomBytes(BulkBytes, seed: 4);
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        int expectedBytes = BulkBytes + (from == Protocol.WebSocket ? BulkBytes / MessageBytes * sizeof(int) : 0);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(to, async pipe =>
        {
            Task sending = pipe.SendAsync(down);
            received.SetResult(await pipe.ReceiveAsync(expectedBytes));
            await sending;
            await pipe.ReceiveSomeAsync();
        });
        await using GatewayWorld world = await StartAgainstAsync(to);
        byte[][] messages = [.. Enumerable.Range(0, BulkBytes / MessageBytes).Select(i => RandomBytes(MessageBytes, seed: i))];
        using Pipe client = await world.EnterAsync(from, backend.Key);
        Task<byte[]> receiving = client.ReceiveAsync(BulkBytes);
        foreach (byte[] message in messages)
        {
            await client.SendAsync(message);
        }

        AssertSame([.. messages.SelectMany(client.AtBackend)], await received.Task.WaitAsync(SocketExtensions.Patience));
        AssertSame(down, await receiving);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Bytes_that_a_backend_sent_before_it_closed_arrive(Protocol from, Protocol to)
    {
        byte[] tail = RandomBytes(BulkBytes, seed: 5);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(to, pipe => pipe.SendAsync(tail));
        await using GatewayWorld world = await StartAgainstAsync(to);
        using Pipe client = await world.EnterAsync(from, backend.Key);
        if (to == Protocol.Kcp)
        {
            // A KCP server does not know of a client before its first datagram.
            await client.SendAsync(new byte[1]);
        }

        AssertSame(tail, await client.ReceiveAsync(tail.Length));
        if (to == Protocol.Tcp)
        {
            if (from != Protocol.Kcp)
            {
                Assert.Empty(await client.ReceiveSomeAsync());
                await client.EndAsync();
            }

            IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
            Assert.Equal(("completed", (long)tail.Length), (line["Reason"], line["BytesFromBackend"]));
        }
    }

    [Theory]
    [InlineData(Protocol.Tcp)]
    [InlineData(Protocol.Kcp)]
    [InlineData(Protocol.WebSocket)]
    public async Task Bytes_that_a_backend_sent_before_it_closed_with_unread_input_arrive(Protocol from)
    {
        byte[] tail = RandomBytes(BulkBytes, seed: 15);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.ReceiveExactlyAsync(1);
            await socket.SendAllAsync(tail);
            await socket.UntilDeliveredAsync();
        });
        await using GatewayWorld world = await StartAgainstAsync(Protocol.Tcp);
        using Pipe client = await world.EnterAsync(from, $"tcp://{backend.Key}");
        await client.SendAsync(new byte[100]);
        AssertSame(tail, await client.ReceiveAsync(tail.Length));
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal(("backend_lost", (long)tail.Length), (line["Reason"], line["BytesFromBackend"]));
    }

    [Theory, MemberData(nameof(PairsWhoseClientCanEnd))]
    public async Task Bytes_that_a_client_sent_before_its_end_arrive_and_the_session_ends(Protocol from, Protocol to)
    {
        byte[] message = RandomBytes(BulkBytes, seed: 6);
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int expectedBytes = BulkBytes + (from == Protocol.WebSocket ? sizeof(int) : 0);
        await using MatrixBackend backend = await MatrixBackend.StartAsync(to, async pipe =>
        {
            received.SetResult(await pipe.ReceiveAsync(expectedBytes));
            Assert.Empty(await pipe.ReceiveSomeAsync());
            ended.SetResult();
        });
        await using GatewayWorld world = await StartAgainstAsync(to);
        using Pipe client = await world.EnterAsync(from, backend.Key);
        await client.SendAsync(message);
        await client.EndAsync();
        AssertSame(client.AtBackend(message), await received.Task.WaitAsync(SocketExtensions.Patience));
        if (to == Protocol.Tcp)
        {
            await ended.Task.WaitAsync(SocketExtensions.Patience);
        }

        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal(("completed", (long)BulkBytes), (line["Reason"], line["BytesFromClient"]));
    }

    [Theory]
    [InlineData(Protocol.Tcp)]
    [InlineData(Protocol.Kcp)]
    public async Task WebSocket_framing_is_the_same_for_every_backend_protocol(Protocol to)
    {
        await using MatrixBackend backend = await MatrixBackend.StartEchoAsync(to);
        await using GatewayWorld world = await MatrixWorld.StartAsync(change: options => options with
        {
            WebSocket = options.WebSocket! with { ToBackend = WebSocketFraming.Raw, ToClient = WebSocketFraming.LengthPrefixed },
        });
        using Pipe client = await world.EnterAsync(Protocol.WebSocket, backend.Key);
        byte[] first = RandomBytes(5_000, seed: 7);
        byte[] second = RandomBytes(40_000, seed: 8);
        await client.SendAsync(Join(Frame(first), Frame(second)));
        Assert.Equal(first, await client.ReceiveSomeAsync());
        Assert.Equal(second, await client.ReceiveSomeAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kcp_backend_needs_no_kcp_listener(bool encrypted)
    {
        byte[] key = RandomBytes(32, seed: 9);
        await using MatrixBackend backend =
            await MatrixBackend.StartEchoAsync(Protocol.Kcp, encrypted ? () => KcpPacketCrypto.Create("aes", key) : null);
        await using GatewayWorld world = await MatrixWorld.StartAsync(change: options => options with
        {
            Kcp = null,
            Allow = [Rule("127.0.0.0/8"), Rule("kcp://127.0.0.0/8")],
            KcpBackends = encrypted ? new KcpGateOptions { Crypt = "aes", CryptKey = key } : null,
        });
        foreach (Protocol from in (Protocol[])[Protocol.Tcp, Protocol.WebSocket])
        {
            using Pipe client = await world.EnterAsync(from, backend.Key);
            byte[] message = RandomBytes(5_000, seed: 10);
            await client.SendAsync(message);
            Assert.Equal(client.AtBackend(message), await client.ReceiveAsync(client.AtBackend(message).Length));
        }
    }

    [Fact]
    public async Task Backend_tls_applies_to_tcp_backends_only()
    {
        await using MatrixBackend kcp = await MatrixBackend.StartEchoAsync(Protocol.Kcp);
        await using MatrixBackend plain = await MatrixBackend.StartEchoAsync(Protocol.Tcp);
        await using GatewayWorld world = await MatrixWorld.StartAsync(
            change: options => options with { BackendTls = new BackendTlsOptions(), DialAttempts = 1 });
        using Pipe client = await world.EnterAsync(Protocol.Tcp, kcp.Key);
        await client.SendAsync([1, 2, 3]);
        Assert.Equal([1, 2, 3], await client.ReceiveAsync(3));
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame(plain.Key)));
    }

    private static PolicyRule Rule(string text) => PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new FormatException(text);

    private static void AssertSame(byte[] expected, byte[] actual) =>
        Assert.True(
            expected.AsSpan().SequenceEqual(actual),
            $"byte {expected.AsSpan().CommonPrefixLength(actual)} of {expected.Length} differs");

    /// <summary>Starts a gateway under which KCP clients would get the other protocol if their key did not name one.</summary>
    private static Task<GatewayWorld> StartAgainstAsync(Protocol backend) => MatrixWorld.StartAsync(reciprocity: backend == Protocol.Tcp);
}
