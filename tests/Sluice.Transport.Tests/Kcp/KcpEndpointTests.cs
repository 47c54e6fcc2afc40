using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>Which datagrams begin a session, which touch one, and which do nothing.</summary>
public class KcpEndpointTests
{
    private const uint Conv = 0x1234_5678;
    private const long TombstoneMs = 120_000;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [CombinatorialPollers(false)]
    [CombinatorialPollers(true)]
    public async Task The_first_data_begins_a_session_and_is_answered_in_its_shape(PollerKind poller, bool fec)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        byte[] first = Handmade.Push(Conv, 0, "hello"u8);
        peer.SendDatagram(fec ? Handmade.FecData(0, first) : first);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await handler.UntilAsync(() => handler.ByteCount == 5);
        Assert.Equal("hello"u8.ToArray(), handler.Bytes);
        Assert.Equal(peer.Address, connection.RemoteAddress);
        byte[] answer = await peer.ReceiveDatagramAsync();
        Assert.Equal(Handmade.HeaderBytes + (fec ? Handmade.FecBytes : 0), answer.Length);
        (byte command, uint sn, uint una, _) = Handmade.Read(answer.AsSpan(fec ? Handmade.FecBytes : 0));
        Assert.Equal((Handmade.AckCommand, 0u, 1u), (command, sn, una));
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Nothing_else_begins_a_session_or_is_answered(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        byte[] first = Handmade.Push(Conv, 0, "hello"u8);
        foreach (byte[] datagram in new[]
        {
            Handmade.Ack(Conv, 0, 0),
            Handmade.Ack(Conv, 5, 6),
            Handmade.Push(Conv, 5, "hello"u8),
            Handmade.Push(Conv, uint.MaxValue, "hello"u8),
            Handmade.Segment(Conv, Handmade.AskCommand, 0),
            Handmade.Segment(Conv, Handmade.TellCommand, 0),
            Handmade.Segment(Conv, 80, 0, "hello"u8),
            Handmade.Segment(Conv, 85, 0, "hello"u8),
            Handmade.Segment(Conv, Handmade.PushCommand, 0, "hello"u8, length: 6),
            Handmade.Segment(Conv, Handmade.PushCommand, 0, "hello"u8, length: uint.MaxValue),
            [.. Handmade.Push(Conv, 1), .. Handmade.Push(Conv + 1, 0)],
            [.. first, .. Handmade.Segment(Conv, 90, 0)],
            Handmade.FecData(0, Handmade.Push(Conv, 1, "hello"u8)),
            Handmade.FecData(0, Handmade.Ack(Conv, 0, 0)),
            Handmade.FecData(0, first, size: first.Length + 1),
            Handmade.FecData(0, first, size: first.Length + 3),
            Handmade.FecData(0, first, size: 0),
            Handmade.FecParity(0, first),
            Handmade.FecParity(10, [.. BitConverter.GetBytes((ushort)(first.Length + 2)), .. first]),
            RawSockets.Noise(400),
            first[..23],
            [],
        })
        {
            peer.SendDatagram(datagram);
        }

        await host.FenceAsync();
        Assert.Equal(0, host.Begun);
        Assert.Equal(0, await host.LiveAsync());
        Assert.Null(peer.TakeDatagram());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task After_the_end_late_datagrams_do_nothing_until_the_name_is_free_again(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        byte[] first = Handmade.Push(Conv, 0, "hello"u8);
        peer.SendDatagram(first);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await peer.ReceiveDatagramAsync();
        await host.Loop.RunAsync(connection.Abort);
        await host.FenceAsync();
        Assert.Equal(0, await host.LiveAsync());
        for (int half = 0; half < 2; half++)
        {
            peer.SendDatagram(first);
            peer.SendDatagram(Handmade.Push(Conv, 1, "later"u8));
            peer.SendDatagram(Handmade.Ack(Conv, 0, 1));
            peer.SendDatagram(Handmade.Segment(Conv, Handmade.AskCommand, 0));
            peer.SendDatagram(Handmade.FecParity(3, first));
            await host.FenceAsync();
            Assert.Equal(1, host.Begun);
            Assert.Equal(0, await host.LiveAsync());
            Assert.Null(peer.TakeDatagram());
            await host.Loop.AdvanceAsync((TombstoneMs / 2) - (half == 0 ? 1 : 0));
        }

        // One more millisecond than the tombstone's life has passed; the late datagrams did not prolong it.
        await host.Loop.AdvanceAsync(1);
        peer.SendDatagram(first);
        (_, RecordingHandler again) = await host.SessionAsync(1);
        await again.UntilAsync(() => again.ByteCount == 5);
        Assert.Equal(0, handler.LostCount);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task After_an_end_in_order_what_was_received_is_acknowledged_once_more(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        byte[] first = Handmade.Push(Conv, 0, "hello"u8);
        peer.SendDatagram(first);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await handler.UntilAsync(() => handler.ByteCount == 5);
        await peer.ReceiveDatagramAsync();
        await host.Loop.RunAsync(connection.Close);
        await host.FenceAsync();
        Assert.Equal(0, await host.LiveAsync());

        peer.SendDatagram(first);
        byte[] plain = await peer.ReceiveDatagramAsync();
        Assert.Equal((Handmade.AckCommand, 0u, 1u, (ushort)1), Handmade.Read(plain));
        Assert.Equal(24, plain.Length);
        peer.SendDatagram(Handmade.FecData(3, first));
        byte[] framed = await peer.ReceiveDatagramAsync();
        Assert.Equal(0xf1, framed[4]);
        Assert.Equal((Handmade.AckCommand, 0u, 1u, (ushort)1), Handmade.Read(framed.AsSpan(8)));

        // What it did not receive, and what asks for nothing, stays without an answer.
        peer.SendDatagram(Handmade.Push(Conv, 1, "later"u8));
        peer.SendDatagram(Handmade.Segment(Conv, Handmade.AskCommand, 0));
        await host.FenceAsync();
        Assert.Null(peer.TakeDatagram());
        Assert.Equal(1, host.Begun);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Another_conversation_of_an_address_is_a_session_of_its_own_up_to_the_limit(PollerKind poller)
    {
        const int Limit = 3;
        using KcpHost host = await KcpHost.StartAsync(
            poller, new KcpEndpointOptions { Session = KcpHost.Turbo(), MaxSessionsPerPeer = Limit });
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        for (uint i = 1; i < 10; i++)
        {
            peer.SendDatagram(Handmade.Push(Conv + i, 0, "x"u8));
        }

        peer.SendDatagram(Handmade.Push(Conv, 1, "b"u8));
        await host.FenceAsync();
        Assert.Equal(Limit, host.Begun);
        Assert.Equal(Limit, await host.LiveAsync());
        Assert.Equal("ab"u8.ToArray(), handler.Bytes);
        Assert.Equal(0, handler.LostCount);
        for (int i = 1; i < Limit; i++)
        {
            Assert.Equal("x"u8.ToArray(), (await host.SessionAsync(i)).Handler.Bytes);
        }

        // One that ends makes room for one.
        await host.Loop.RunAsync(connection.Abort);
        peer.SendDatagram(Handmade.Push(Conv + 20, 0, "y"u8));
        peer.SendDatagram(Handmade.Push(Conv + 21, 0, "y"u8));
        await host.FenceAsync();
        Assert.Equal(Limit + 1, host.Begun);
        Assert.Equal(Limit, await host.LiveAsync());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_known_conversation_from_another_address_does_not_touch_the_session(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        using var stranger = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await handler.UntilAsync(() => handler.ByteCount == 1);
        await peer.ReceiveDatagramAsync();
        await host.Loop.AdvanceAsync(500);
        long? heard = await host.Loop.RunAsync(() => connection.Activity.LastHeard);
        stranger.SendDatagram(Handmade.Push(Conv, 1, "evil"u8));
        stranger.SendDatagram(Handmade.Ack(Conv, 0, 99));
        stranger.SendDatagram(Handmade.Segment(Conv, Handmade.TellCommand, 0, window: 0));
        await host.FenceAsync();
        Assert.Equal(1, host.Begun);
        Assert.Null(stranger.TakeDatagram());
        Assert.Null(peer.TakeDatagram());
        Assert.Equal("a"u8.ToArray(), handler.Bytes);
        Assert.Equal(heard, await host.Loop.RunAsync(() => connection.Activity.LastHeard));
        await host.Loop.RunAsync(() => connection.Write("reply"u8));
        Assert.Equal("reply"u8.ToArray(), (await peer.ReceiveDatagramAsync())[Handmade.HeaderBytes..]);
        Assert.Null(stranger.TakeDatagram());

        // Even sn 0 only begins a session of the stranger's own.
        stranger.SendDatagram(Handmade.Push(Conv, 0, "mine"u8));
        (_, RecordingHandler other) = await host.SessionAsync(1);
        await other.UntilAsync(() => other.ByteCount == 4);
        Assert.Equal("a"u8.ToArray(), handler.Bytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Only_valid_datagrams_count_as_signs_of_life(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (KcpConnection connection, _) = await host.SessionAsync();
        long begun = (await host.Loop.RunAsync(() => connection.Activity.LastHeard))!.Value;
        await host.Loop.AdvanceAsync(1000);
        peer.SendDatagram(Handmade.Push(Conv + 1, 3, "a"u8));
        peer.SendDatagram(Handmade.Segment(Conv, Handmade.PushCommand, 1, "a"u8, length: 2));
        peer.SendDatagram(Handmade.Segment(Conv, 99, 1));
        peer.SendDatagram(Handmade.FecData(4, Handmade.Push(Conv, 1), size: 900));
        peer.SendDatagram(Handmade.FecParity(5, RawSockets.Noise(40)));
        await host.FenceAsync();
        Assert.Equal(begun, await host.Loop.RunAsync(() => connection.Activity.LastHeard));
        peer.SendDatagram(Handmade.Ack(Conv, 0, 0));
        await host.FenceAsync();
        Assert.Equal(begun + 1000, await host.Loop.RunAsync(() => connection.Activity.LastHeard));
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_fault_in_a_handler_ends_its_session_only(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        host.OnAccepted = (_, handler) => handler.OnReceived = _ =>
        {
            if (handler.Bytes[0] == 'x')
            {
                throw new InvalidOperationException("a test's fault");
            }
        };
        using var good = new UdpPeer(host.Address);
        using var bad = new UdpPeer(host.Address);
        good.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        bad.SendDatagram(Handmade.Push(Conv, 0, "x"u8));
        good.SendDatagram(Handmade.Push(Conv, 1, "b"u8));
        await host.FenceAsync();
        Assert.Equal("ab"u8.ToArray(), (await host.SessionAsync(0)).Handler.Bytes);
        Assert.Equal(SocketError.Fault, (await host.SessionAsync(1)).Handler.LostError);
        Assert.Equal(1, await host.LiveAsync());
        Assert.Contains(host.Loop.Log.Lines, line => line.Fault is InvalidOperationException);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_handler_that_faults_even_at_its_end_harms_no_other(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        host.OnAccepted = (connection, _) =>
        {
            if (connection.Session.Conv == Conv)
            {
                connection.Handler = new FaultyHandler();
            }
        };
        using var good = new UdpPeer(host.Address);
        using var bad = new UdpPeer(host.Address);
        bad.SendDatagram(Handmade.Push(Conv, 0, "x"u8));
        good.SendDatagram(Handmade.Push(Conv + 1, 0, "a"u8));
        await host.FenceAsync();
        Assert.Equal("a"u8.ToArray(), (await host.SessionAsync(1)).Handler.Bytes);
        Assert.Equal(1, await host.LiveAsync());

        // The same at the end of the port: the others are notified, and the port is free.
        bad.SendDatagram(Handmade.Push(Conv + 2, 0, "x"u8));
        (KcpConnection third, RecordingHandler thirdHandler) = await host.SessionAsync(2);
        await host.Loop.RunAsync(() => third.Handler = new FaultyHandler());
        await host.Loop.RunAsync(host.Endpoint.Close);
        Assert.Equal(0, thirdHandler.LostCount);
        Assert.Equal(SocketError.OperationAborted, (await host.SessionAsync(1)).Handler.LostError);
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(host.Address);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_fault_of_the_accept_callback_leaves_no_session(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        host.OnAccepted = (connection, _) =>
        {
            if (connection.Session.Conv == Conv)
            {
                throw new InvalidOperationException("a test's fault");
            }
        };
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "x"u8));
        peer.SendDatagram(Handmade.Push(Conv + 1, 0, "a"u8));
        await host.FenceAsync();
        await host.FenceAsync();
        Assert.Equal(1, await host.LiveAsync());
        Assert.Contains(host.Loop.Log.Lines, line => line.Fault is InvalidOperationException);
        Assert.Equal("a"u8.ToArray(), (await host.SessionAsync(1)).Handler.Bytes);
    }

    /// <summary>As under a flood, each turn finds more datagrams than it takes.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_port_under_a_flood_takes_two_shares_a_turn_and_no_more(PollerKind poller)
    {
        // Without offload a batch brings 32 datagrams, and a share ends on a full batch.
        const int Share = 256;
        using KcpHost host = await KcpHost.StartAsync(poller, batching: new UdpBatching { ReceiveOffload = false });
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        await host.SessionAsync();
        byte[] repeated = Handmade.Push(Conv, 0, "a"u8);
        var perTurn = new List<long>();
        long before = await host.Loop.RunAsync(() => host.Loop.Loop.Kcp.Counters.DatagramsReceived);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Loop.Loop.Post(EachTurn);
        await done.Task.WaitAsync(Observed.HungAfter);
        Assert.InRange(perTurn.Max(), 1, 2 * Share);

        void EachTurn(object? state)
        {
            long now = host.Loop.Loop.Kcp.Counters.DatagramsReceived;
            perTurn.Add(now - before);
            before = now;
            if (perTurn.Count == 20)
            {
                done.SetResult();
                return;
            }

            for (int i = 0; i < 3 * Share; i++)
            {
                peer.SendDatagram(repeated);
            }

            host.Loop.Loop.Post(EachTurn);
        }
    }

    [Fact]
    public void A_stranger_cannot_make_all_names_fall_into_one_place_of_the_table()
    {
        // What a record would compute by itself is linear, so a chosen conversation's number could undo any address.
        const int Multiplier = -1521134295;
        int[] hashes = [.. Enumerable.Range(1, 1000).Select(i =>
        {
            NetworkAddress address = NetworkAddress.From(new IPAddress(i * 7919L), (ushort)i);
            uint conv = unchecked((uint)-(address.GetHashCode() * Multiplier));
            return new KcpPeer(address, conv).GetHashCode();
        })];
        Assert.True(hashes.Distinct().Count() > 990, $"{hashes.Distinct().Count()} values for 1,000 names");
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Answers_to_the_late_and_datagrams_of_another_port_of_the_loop_in_one_turn_go_where_they_belong(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        var options = new KcpEndpointOptions { Session = KcpHost.Turbo(), RequireProof = false };
        KcpEndpoint other = await host.Loop.RunAsync(() => KcpEndpoint.Listen(
            host.Loop.Loop,
            new IPEndPoint(IPAddress.Loopback, 0),
            options,
            sharePort: false,
            connection =>
            {
                connection.Handler = new RecordingHandler();
                connection.Resume();
            },
            host.Loop.Log));
        using var finished = new UdpPeer(host.Address);
        using var live = new UdpPeer(new IPEndPoint(IPAddress.Loopback, other.LocalEndPoint.Port));
        byte[] first = Handmade.Push(1, 0, "hello"u8);
        finished.SendDatagram(first);
        (KcpConnection connection, _) = await host.SessionAsync();
        await finished.ReceiveDatagramAsync();
        await host.Loop.RunAsync(connection.Close);
        await host.FenceAsync();
        while (finished.TakeDatagram() is not null)
        {
        }

        for (uint round = 0; round < 20; round++)
        {
            await host.Loop.RunAsync(() =>
            {
                // Both wait when the loop next looks, in either order.
                (UdpPeer Peer, byte[] Datagram)[] both = [(finished, first), (live, Handmade.Push(0xbb, round, "hello"u8))];
                foreach ((UdpPeer peer, byte[] datagram) in round % 2 == 0 ? both : both.Reverse())
                {
                    peer.SendDatagram(datagram);
                }
            });
            byte[] late = await finished.ReceiveDatagramAsync();
            byte[] answer = await live.ReceiveDatagramAsync();
            Assert.Equal([1, 0, 0, 0, Handmade.AckCommand], late[..5]);
            Assert.Equal([0xbb, 0, 0, 0, Handmade.AckCommand], answer[..5]);
            await host.FenceAsync();
            Assert.Null(finished.TakeDatagram());
            Assert.Null(live.TakeDatagram());
        }

        await host.Loop.RunAsync(other.Close);
    }

    private sealed class FaultyHandler : IConnectionHandler
    {
        public void Received(Span<byte> data) => throw new InvalidOperationException("a test's fault");

        public void Writable() => throw new InvalidOperationException("a test's fault");

        public void Finished() => throw new InvalidOperationException("a test's fault");

        public void Lost(SocketError error) => throw new InvalidOperationException("a test's fault");
    }
}
