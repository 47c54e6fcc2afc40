using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tests.Kcp;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Udp;

/// <summary>The sockets below KCP: batches in, batches out.</summary>
public class DatagramSocketTests
{
    private const int BufferBytes = 4 * 1024 * 1024;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [DatagramEngines("127.0.0.1", "127.0.0.1")]
    [DatagramEngines("::1", "::1")]
    [DatagramEngines("::", "::1")]
    [DatagramEngines("::", "127.0.0.1")]
    [DatagramEngines("0.0.0.0", "127.0.0.1")]
    public async Task Batches_arrive_intact_in_order_and_with_their_senders(PollerKind poller, string ways, string bound, string client)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var socket = new BoundSocket(loop, IPAddress.Parse(bound));
        Assert.Equal(IPAddress.Parse(bound), socket.Socket.LocalEndPoint.Address);
        Assert.NotEqual(0, socket.Port);
        var to = new IPEndPoint(IPAddress.Parse(client), socket.Port);
        using var one = new UdpPeer(to);
        using var two = new UdpPeer(to);
        UdpPeer[] peers = [one, two];

        // What is longer than any datagram of KCP is dropped. Few of those, so that all fit into the buffer that any system grants.
        int[] lengths = [0, 1, 23, 24, 576, 1399, 1400, 1500, 2047, 2048];
        int[] plan = [.. Enumerable.Range(0, 80).Select(i => lengths[i / 2 % lengths.Length]), 9000, 65_000, 10, 20];
        byte[][] sent = [.. plan.Select((length, i) => RawSockets.Noise(length, seed: i))];
        Action goOn = await loop.StandStillAsync();
        for (int i = 0; i < sent.Length; i++)
        {
            int before = socket.WaitingBytes;
            peers[i % 2].SendDatagram(sent[i]);

            // A thread that changes the processor meanwhile may have a later datagram arrive before an earlier one.
            Assert.True(SpinWait.SpinUntil(() => socket.WaitingBytes != before || !OperatingSystem.IsLinux(), Observed.HungAfter), $"datagram {i} did not arrive");
        }

        goOn();
        byte[][] expected = [.. sent.Where(datagram => datagram.Length <= ReceiveBatch.MaxDatagramBytes)];
        List<(NetworkAddress Sender, byte[] Bytes)> received = await socket.ReceiveAsync(expected.Length);
        Assert.Equal(expected.Length, received.Count);
        for (int p = 0; p < 2; p++)
        {
            Assert.Equal(
                expected.Where((_, i) => i % 2 == p),
                received.Where(datagram => datagram.Sender == peers[p].Address).Select(datagram => datagram.Bytes));
        }
    }

    [Theory]
    [DatagramEngines("127.0.0.1", "127.0.0.1")]
    [DatagramEngines("::1", "::1")]
    [DatagramEngines("::", "::1")]
    [DatagramEngines("::", "127.0.0.1")]
    public async Task Batches_leave_intact_whatever_sizes_and_peers_are_mixed(PollerKind poller, string ways, string bound, string client)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var socket = new BoundSocket(loop, IPAddress.Parse(bound));
        var to = new IPEndPoint(IPAddress.Parse(client), socket.Port);
        using var one = new UdpPeer(to);
        using var two = new UdpPeer(to);
        UdpPeer[] peers = [one, two];

        // Runs: of one size, with a shorter last one, more than 64, singles, growing, longer than a system call takes, peers that
        // alternate.
        (int Peer, int Length)[] plan =
        [
            .. Enumerable.Repeat((0, 1400), 5),
            (0, 300),
            .. Enumerable.Repeat((1, 32), 100),
            (1, 31),
            (0, 32),
            .. Enumerable.Range(1, 10).Select(length => (0, length)),
            .. Enumerable.Range(0, 9).Select(i => (i % 2, 500)),
            .. Enumerable.Repeat((0, 1500), 90),
            .. Enumerable.Range(1, 9).Select(i => (1, 1000 - (100 * i))),
            .. Enumerable.Repeat((1, 1), 200),
        ];
        await loop.RunAsync(() =>
        {
            var batch = new SendBatch(socket.Socket, new UnsentDatagrams(socket.Socket, loop.Loop.Buffers, BufferBytes));
            for (int i = 0; i < plan.Length; i++)
            {
                batch.To = peers[plan[i].Peer].Address;
                Span<byte> datagram = batch.GetDatagram(1500)[..plan[i].Length];
                RawSockets.Noise(plan[i].Length, seed: i).CopyTo(datagram);
                batch.Commit(datagram);
            }

            batch.Flush();
            batch.Flush();
        });
        for (int i = 0; i < plan.Length; i++)
        {
            Assert.Equal(RawSockets.Noise(plan[i].Length, seed: i), await peers[plan[i].Peer].ReceiveDatagramAsync());
        }

        Assert.All(peers, peer => Assert.Null(peer.TakeDatagram()));
    }

    [Theory]
    [DatagramEngines("127.0.0.1")]
    [DatagramEngines("::1")]
    public async Task A_connected_socket_receives_only_from_its_peer(PollerKind poller, string ways, string address)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var server = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        using var socket = new BoundSocket(loop, server.Address());
        var mine = new IPEndPoint(IPAddress.Parse(address), socket.Port);
        using var stranger = new UdpPeer(mine);
        stranger.SendDatagram("evil"u8);
        server.SendTo("one"u8, mine);
        server.SendTo("two"u8, mine);
        List<(NetworkAddress Sender, byte[] Bytes)> received = await socket.ReceiveAsync(2);
        Assert.Equal(["one"u8.ToArray(), "two"u8.ToArray()], received.Select(datagram => datagram.Bytes));
        Assert.All(received, datagram => Assert.Equal(server.Address(), datagram.Sender));
    }

    [Theory]
    [DatagramEngines]
    public async Task A_refusal_is_reported_by_a_connected_socket(PollerKind poller, string ways)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var refusing = new RefusingPort();
        using var socket = new BoundSocket(loop, refusing.Address);
        await loop.RunAsync(() => socket.Socket.Send([1], [new OutgoingDatagram(default, 0, 1)]));
        await socket.UntilAsync(() => socket.Error != SocketError.Success);
        Assert.Equal(SocketError.ConnectionRefused, socket.Error);
    }

    [Theory]
    [DatagramEngines]
    public async Task A_peer_that_went_away_does_not_stop_the_others(PollerKind poller, string ways)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var socket = new BoundSocket(loop, IPAddress.Loopback);
        using var peer = new UdpPeer(new IPEndPoint(IPAddress.Loopback, socket.Port));
        using var refusing = new RefusingPort();
        NetworkAddress gone = refusing.Address;
        await loop.RunAsync(() => socket.Socket.Send(
            [1, 2, 3, 4],
            [new(gone, 0, 1), new(peer.Address, 1, 1), new(gone, 2, 1), new(peer.Address, 3, 1)]));
        Assert.Equal([2], await peer.ReceiveDatagramAsync());
        Assert.Equal([4], await peer.ReceiveDatagramAsync());
        peer.SendDatagram([5]);
        Assert.Equal([5], Assert.Single(await socket.ReceiveAsync(1)).Bytes);
    }

    [Theory]
    [DatagramEngines]
    public async Task A_datagram_that_cannot_be_sent_does_not_stop_the_others(PollerKind poller, string ways)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var socket = new BoundSocket(loop, IPAddress.Loopback);
        using var peer = new UdpPeer(new IPEndPoint(IPAddress.Loopback, socket.Port));
        NetworkAddress nowhere = NetworkAddress.From(IPAddress.Loopback, 0);
        NetworkAddress here = peer.Address;

        // First, last, alone, two in a row, as a run of one size, between runs.
        NetworkAddress[] to = [nowhere, here, nowhere, nowhere, here, here, nowhere, nowhere, nowhere, here, here, here, nowhere];
        await loop.RunAsync(() => socket.Socket.Send(
            [.. Enumerable.Range(0, to.Length).Select(i => (byte)i)],
            [.. to.Select((address, i) => new OutgoingDatagram(address, i, 1))]));
        for (int i = 0; i < to.Length; i++)
        {
            if (to[i] == here)
            {
                Assert.Equal([(byte)i], await peer.ReceiveDatagramAsync());
            }
        }

        Assert.Null(peer.TakeDatagram());
    }

    [Theory]
    [DatagramEngines]
    public async Task Datagrams_that_do_not_lie_back_to_back_leave_as_they_are(PollerKind poller, string ways)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var socket = new BoundSocket(loop, IPAddress.Loopback);
        using var peer = new UdpPeer(new IPEndPoint(IPAddress.Loopback, socket.Port));
        NetworkAddress to = peer.Address;
        await loop.RunAsync(() => socket.Socket.Send(
            [0, 1, 2, 3, 4, 5, 6, 7], [new(to, 4, 2), new(to, 0, 2), new(to, 3, 0), new(to, 3, 0), new(to, 6, 2)]));
        foreach (byte[] expected in new byte[][] { [4, 5], [0, 1], [], [], [6, 7] })
        {
            Assert.Equal(expected, await peer.ReceiveDatagramAsync());
        }
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_port_in_use_and_an_address_of_another_machine_are_reported(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var socket = new BoundSocket(loop, IPAddress.Loopback);
        Assert.Equal(SocketError.AddressAlreadyInUse, await FailureAsync(IPAddress.Loopback, socket.Port));
        Assert.Equal(SocketError.AddressNotAvailable, await FailureAsync(IPAddress.Parse("198.51.100.1"), 0));

        async Task<SocketError> FailureAsync(IPAddress address, int port) => (await Assert.ThrowsAsync<SocketException>(
            () => loop.RunAsync(
                () => loop.Loop.Sockets.Bind(new IPEndPoint(address, port), BufferBytes, sharePort: false).Close()))).SocketErrorCode;
    }

    [Fact]
    public async Task A_dialled_socket_takes_hardly_any_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere it is the framework's socket.");
        const int Sockets = 50;
        using var loop = new TestLoop(PollerKind.Epoll);
        using var server = new BoundSocket(loop, IPAddress.Loopback);
        NetworkAddress to = NetworkAddress.From(server.Socket.LocalEndPoint);
        var sockets = new DatagramSocket[Sockets];

        // The least of some rounds: in one of them the runtime may allocate something of its own.
        long bytes = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            bytes = Math.Min(bytes, await loop.RunAsync(Open));
        }

        Assert.InRange(bytes / Sockets, 1, 256);

        long Open()
        {
            loop.Loop.Sockets.ConnectDatagrams(to, BoundSocket.BufferBytes).Close();
            long before = loop.Loop.AllocatedBytes;
            for (int i = 0; i < Sockets; i++)
            {
                sockets[i] = loop.Loop.Sockets.ConnectDatagrams(to, BoundSocket.BufferBytes);
            }

            long after = loop.Loop.AllocatedBytes;
            Array.ForEach(sockets, socket => socket.Close());
            return after - before;
        }
    }
}
