using System.Buffers.Binary;
using Sluice.Gateway.Gates;
using Sluice.Kcp;

namespace Sluice.Interop;

/// <summary>Hand-made segments that a plain C client may send: split frames, fragments, payload before the welcome.</summary>
public sealed class SegmentScenarios(GoPeer peer)
{
    private const uint Conv = 0x44332211;

    public enum Order
    {
        AsSent,
        Backwards,
        Twice,
        OneDatagram,
    }

    public static TheoryData<int, bool, Order, bool, int> Splits()
    {
        var splits = new TheoryData<int, bool, Order, bool, int>();
        foreach (int piece in (int[])[1, 3, 7])
        {
            foreach (bool fragments in (bool[])[false, true])
            {
                splits.Add(piece, fragments, Order.AsSent, false, 1);
                splits.Add(piece, fragments, Order.Backwards, false, 2);
                splits.Add(piece, fragments, Order.Twice, true, 1);
                splits.Add(piece, fragments, Order.OneDatagram, piece == 3, 2);
            }
        }

        return splits;
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public async Task A_split_frame_and_the_payload_after_it_arrive(int piece, bool fragments, Order order, bool fec, int loops)
    {
        using TcpBackend backend = TcpBackend.StartEcho();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false }, loops);
        using var client = new RawClient(world.EndPoint, Conv) { Fec = fec };
        byte[] payload = TcpBackend.Pattern(50);
        byte[][] pieces = [.. ((byte[])[.. GatewayWorld.Frame(backend.Key), .. payload]).Chunk(piece)];
        WireSegment[] segments = [.. pieces.Select((bytes, i) => client.Push(bytes, fragments ? pieces.Length - 1 - i : 0))];
        Send(client, segments, order);
        if (order == Order.Backwards)
        {
            // Before the welcome the gateway keeps little out of order. A client retransmits unacknowledged segments.
            Send(client, segments, Order.AsSent);
        }

        Assert.Equal(GatewayWorld.Ok, await client.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        Assert.Equal(payload, await client.ReceiveBytesAsync(payload.Length));
        Assert.DoesNotContain(client.Datagrams, datagram => Segments.KindOf(datagram) == DatagramKind.FecParity);
        Assert.All(client.Datagrams, datagram => Assert.Equal(fec ? DatagramKind.FecData : DatagramKind.Plain, Segments.KindOf(datagram)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Fragmented_messages_form_a_stream_and_are_counted_exactly(int loops)
    {
        using TcpBackend backend = TcpBackend.StartProtocol();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false }, loops);
        using var client = new RawClient(world.EndPoint, Conv);
        client.Send(client.Push(GatewayWorld.Frame(backend.Key)));
        Assert.Equal(GatewayWorld.Ok, await client.ReceiveBytesAsync(GatewayWorld.Ok.Length));

        byte[] message = TcpBackend.Pattern(4_000);
        byte[] request = [(byte)'E', .. BitConverter.GetBytes(message.Length), .. message];
        for (int round = 0; round < 5; round++)
        {
            byte[][] pieces = [.. request.Chunk(1_376)];
            for (int i = 0; i < pieces.Length; i++)
            {
                client.Send(client.Push(pieces[i], pieces.Length - 1 - i));
            }

            Assert.Equal(message, await client.ReceiveBytesAsync(message.Length));
        }

        client.Send(client.Push([(byte)'Q', 0, 0, 0, 0]));
        await client.ReceiveAcknowledgementsAsync();
        long sent = (5 * request.Length) + 5;
        Assert.Equal(new SessionLine("completed", "kcp", sent, 5 * message.Length), await world.NextEndedAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_last_bytes_of_a_client_are_acknowledged_although_the_backend_closes(bool fec)
    {
        using TcpBackend backend = TcpBackend.StartProtocol();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false });
        using var client = new RawClient(world.EndPoint, Conv) { Fec = fec };
        client.Send(client.Push(GatewayWorld.Frame(backend.Key)));
        Assert.Equal(GatewayWorld.Ok, await client.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        client.Send(client.Push([(byte)'Q', 0, 0, 0, 0]));
        await client.ReceiveAcknowledgementsAsync();
        Assert.Equal(new SessionLine("completed", "kcp", 5, 0), await world.NextEndedAsync());
    }

    [Fact]
    public async Task A_burst_of_messages_after_the_frame_arrives_in_order()
    {
        using TcpBackend backend = TcpBackend.StartEcho();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false });
        using var client = new RawClient(world.EndPoint, Conv);
        byte[] payload = TcpBackend.Pattern(60_000);
        client.Send(client.Push(GatewayWorld.Frame(backend.Key)));
        foreach (byte[] piece in payload.Chunk(1_000))
        {
            client.Send(client.Push(piece));
        }

        Assert.Equal(GatewayWorld.Ok, await client.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        Assert.Equal(payload, await client.ReceiveBytesAsync(payload.Length));
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(10, 3, false)]
    [InlineData(10, 3, true)]
    public async Task Payload_after_the_frame_reaches_a_kcp_backend_and_is_counted_exactly(int data, int parity, bool fec)
    {
        (PeerProcess process, int port) = await peer.StartServerAsync(new PeerSettings(data, parity));
        using PeerProcess running = process;
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { BackendFec = KcpFec.Fixed(data, parity) }, loops: 2);
        using var client = new RawClient(world.EndPoint, Conv) { Fec = fec };
        byte[] message = TcpBackend.Pattern(30_000);
        byte[] request = [(byte)'E', .. BitConverter.GetBytes(message.Length), .. message];
        byte[] all = [.. GatewayWorld.Frame($"127.0.0.1:{port}"), .. request];
        foreach (byte[] piece in all.Chunk(700))
        {
            client.Send(client.Push(piece));
        }

        Assert.Equal(GatewayWorld.Ok, await client.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        Assert.Equal(message, await client.ReceiveBytesAsync(message.Length));
        await world.Gateway.DisposeAsync();
        Assert.Equal(new SessionLine("shutdown", "kcp", request.Length, message.Length), await world.NextEndedAsync());
    }

    [Fact]
    public async Task A_captured_plain_handshake_is_answered_without_FEC_headers()
    {
        using TcpBackend backend = TcpBackend.StartEcho();
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Reciprocity = false }, change: options => options with { Resolver = new OneBackend(backend.EndPoint) });
        using var client = new RawClient(world.EndPoint, 0x11223344);
        byte[] captured = Convert.FromHexString(
            "443322115100200005000000000000000000000012000000" + "0e0000003132372e302e302e313a37303833");
        Assert.Equal(42, captured.Length);
        client.SendRaw(captured);
        await AssertWelcomeAsync(client, ackTimestamp: 5, DatagramKind.Plain);

        // One datagram with the acknowledgement of the welcome and "hello". The timestamp comes from the gateway's clock.
        IEnumerable<WireSegment> received = client.Datagrams.SelectMany(datagram => Segments.Read(datagram));
        uint timestamp = received.First(segment => segment.Command == Segments.Push).Timestamp;
        byte[] hello = Convert.FromHexString(
            "443322115200200000000000000000000100000000000000" + "443322115100200006000000010000000100000005000000" + "68656c6c6f");
        BinaryPrimitives.WriteUInt32LittleEndian(hello.AsSpan(8), timestamp);
        client.SendRaw(hello);
        Assert.Equal("hello"u8.ToArray(), await client.ReceiveBytesAsync(5));
        Assert.All(client.Datagrams, datagram => Assert.Equal(DatagramKind.Plain, Segments.KindOf(datagram)));
    }

    [Fact]
    public async Task A_captured_handshake_with_FEC_is_answered_with_FEC_data_and_no_parity()
    {
        using TcpBackend backend = TcpBackend.StartEcho();
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Reciprocity = false }, change: options => options with { Resolver = new OneBackend(backend.EndPoint) });
        using var client = new RawClient(world.EndPoint, 0x4f61df10) { Fec = true, FecSequence = 1 };
        byte[] captured = Convert.FromHexString(
            "00000000f1002c00" + "10df614f5100200000000000000000000000000012000000" + "0e0000003132372e302e302e313a37303833");
        Assert.Equal(50, captured.Length);
        client.SendRaw(captured);
        await AssertWelcomeAsync(client, ackTimestamp: 0, DatagramKind.FecData);
        AssertFecSequence(client, 0);
    }

    [Fact]
    public async Task No_parity_is_sent_before_the_clients_shape_is_known()
    {
        using TcpBackend backend = TcpBackend.StartEcho();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false });
        using var client = new RawClient(world.EndPoint, Conv) { Fec = true };
        client.Send(client.Push(GatewayWorld.Frame(backend.Key)));
        Assert.Equal(GatewayWorld.Ok, await client.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        for (int round = 0; round < 60; round++)
        {
            byte[] message = TcpBackend.Pattern(100 + round);
            client.Send(client.Push(message));
            Assert.Equal(message, await client.ReceiveBytesAsync(message.Length));
        }

        AssertFecSequence(client, atLeast: 60);
    }

    [Fact]
    public async Task Late_copies_of_a_finished_sessions_segments_do_not_start_a_new_session()
    {
        int accepted = 0;
        using TcpBackend backend = TcpBackend.Start(async stream =>
        {
            Interlocked.Increment(ref accepted);
            await stream.WriteAsync(TcpBackend.Pattern(10));
        });
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false });
        using var client = new RawClient(world.EndPoint, Conv);
        WireSegment first = client.Push(GatewayWorld.Frame(backend.Key));
        client.Send(first);
        await client.ReceiveBytesAsync(GatewayWorld.Ok.Length);
        Assert.Equal(TcpBackend.Pattern(10), await client.ReceiveBytesAsync(10));
        Assert.Equal("completed", (await world.NextEndedAsync()).Reason);
        for (int copy = 0; copy < 10; copy++)
        {
            client.Send(first);
        }

        // The same loop serves a second session after the copies. If they had started a session, its backend would be dialled first.
        using var second = new RawClient(world.EndPoint, Conv + 1);
        second.Send(second.Push(GatewayWorld.Frame(backend.Key)));
        Assert.Equal(GatewayWorld.Ok, await second.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        await second.ReceiveBytesAsync(10);
        Assert.Equal(2, Volatile.Read(ref accepted));
    }

    private static void Send(RawClient client, WireSegment[] segments, Order order)
    {
        switch (order)
        {
            case Order.OneDatagram:
                foreach (WireSegment[] together in segments.Chunk(40))
                {
                    client.Send(together);
                }

                break;
            case Order.Backwards:
                // The first segment opens the session. The rest arrives in reverse order.
                client.Send(segments[0]);
                foreach (WireSegment segment in segments.Skip(1).Reverse())
                {
                    client.Send(segment);
                }

                break;
            default:
                foreach (WireSegment segment in segments)
                {
                    client.Send(segment);
                    if (order == Order.Twice)
                    {
                        client.Send(segment);
                    }
                }

                break;
        }
    }

    /// <summary>
    /// Asserts that the client's segment 0 is acknowledged with its own timestamp and that the welcome is the gateway's segment 0.
    /// </summary>
    private static async Task AssertWelcomeAsync(RawClient client, uint ackTimestamp, DatagramKind kind)
    {
        Assert.Equal(GatewayWorld.Ok, await client.ReceiveBytesAsync(GatewayWorld.Ok.Length));
        while (client.Acknowledged < 1)
        {
            await client.ReceiveAsync();
        }

        Assert.All(client.Datagrams, datagram => Assert.Equal(kind, Segments.KindOf(datagram)));
        List<WireSegment> segments = [.. client.Datagrams.SelectMany(datagram => Segments.Read(datagram))];
        WireSegment ack = segments.First(segment => segment.Command == Segments.Ack);
        Assert.Equal((ackTimestamp, 0u, 1u), (ack.Timestamp, ack.Sequence, ack.Una));
        WireSegment welcome = segments.First(segment => segment.Command == Segments.Push);
        Assert.Equal((0u, 1u, (byte)0), (welcome.Sequence, welcome.Una, welcome.Fragment));
    }

    /// <summary>
    /// Asserts that all datagrams are FEC data and that a client cannot mistake any two for members of one group: a shape has at most 255
    /// shards.
    /// </summary>
    private static void AssertFecSequence(RawClient client, int atLeast)
    {
        Assert.True(client.Datagrams.Count >= atLeast);
        Assert.All(client.Datagrams, datagram => Assert.Equal(DatagramKind.FecData, Segments.KindOf(datagram)));
        uint[] ids = [.. client.Datagrams.Select(datagram => BinaryPrimitives.ReadUInt32LittleEndian(datagram))];
        Assert.Equal(0u, ids[0]);
        Assert.All(ids.Zip(ids.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 255, $"{pair.First}, {pair.Second}"));
    }
}
