using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Loop;
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
    [CombinatorialPollers("127.0.0.1", "127.0.0.1")]
    [CombinatorialPollers("::1", "::1")]
    [CombinatorialPollers("::", "::1")]
    [CombinatorialPollers("::", "127.0.0.1")]
    [CombinatorialPollers("0.0.0.0", "127.0.0.1")]
    public async Task Batches_arrive_intact_in_order_and_with_their_senders(PollerKind poller, string bound, string client)
    {
        using var loop = new TestLoop(poller);
        using var socket = new Bound(loop, IPAddress.Parse(bound));
        Assert.Equal(IPAddress.Parse(bound), socket.Socket.LocalEndPoint.Address);
        Assert.NotEqual(0, socket.Port);
        var to = new IPEndPoint(IPAddress.Parse(client), socket.Port);
        using var one = new UdpPeer(to);
        using var two = new UdpPeer(to);
        UdpPeer[] peers = [one, two];
        int[] lengths = [0, 1, 23, 24, 576, 1399, 1400, 1500, 2048, 2049, 9000];
        const int Count = 3 * ReceiveBatch.Capacity;
        for (int i = 0; i < Count; i++)
        {
            peers[i % 2].SendDatagram(RawSockets.Noise(lengths[i % lengths.Length], seed: i));
        }

        List<(NetworkAddress Sender, byte[] Bytes)> received = await socket.ReceiveAsync(Count);
        for (int p = 0; p < 2; p++)
        {
            byte[][] mine = [.. received.Where(datagram => datagram.Sender == peers[p].Address).Select(datagram => datagram.Bytes)];
            Assert.Equal(Count / 2, mine.Length);
            for (int i = 0; i < mine.Length; i++)
            {
                int number = (2 * i) + p;
                byte[] sent = RawSockets.Noise(lengths[number % lengths.Length], seed: number);
                Assert.Equal(sent[..Math.Min(sent.Length, ReceiveBatch.SlotBytes)], mine[i]);
            }
        }
    }

    [Theory]
    [CombinatorialPollers("127.0.0.1", "127.0.0.1")]
    [CombinatorialPollers("::1", "::1")]
    [CombinatorialPollers("::", "::1")]
    [CombinatorialPollers("::", "127.0.0.1")]
    public async Task Batches_leave_intact_whatever_sizes_and_peers_are_mixed(PollerKind poller, string bound, string client)
    {
        using var loop = new TestLoop(poller);
        using var socket = new Bound(loop, IPAddress.Parse(bound));
        var to = new IPEndPoint(IPAddress.Parse(client), socket.Port);
        using var one = new UdpPeer(to);
        using var two = new UdpPeer(to);
        UdpPeer[] peers = [one, two];

        // Runs: of one size, with a shorter last one, more than 64, singles, growing, longer than a system call takes, peers that alternate.
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
            var batch = new SendBatch(socket.Socket);
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
    [CombinatorialPollers("127.0.0.1")]
    [CombinatorialPollers("::1")]
    public async Task A_connected_socket_hears_its_peer_alone(PollerKind poller, string address)
    {
        using var loop = new TestLoop(poller);
        using var server = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        using var socket = new Bound(loop, server.Address());
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
    [MemberData(nameof(AllPollers))]
    public async Task A_refusal_is_told_to_a_connected_socket(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var socket = new Bound(loop, NetworkAddress.From(IPAddress.Loopback, UnusedPort()));
        await loop.RunAsync(() => socket.Socket.Send([1], [new OutgoingDatagram(default, 0, 1)]));
        await socket.UntilAsync(() => socket.Error != SocketError.Success);
        Assert.Equal(SocketError.ConnectionRefused, socket.Error);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_peer_that_went_away_does_not_stop_the_others(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var socket = new Bound(loop, IPAddress.Loopback);
        using var peer = new UdpPeer(new IPEndPoint(IPAddress.Loopback, socket.Port));
        NetworkAddress gone = NetworkAddress.From(IPAddress.Loopback, UnusedPort());
        await loop.RunAsync(() => socket.Socket.Send(
            [1, 2, 3, 4],
            [new(gone, 0, 1), new(peer.Address, 1, 1), new(gone, 2, 1), new(peer.Address, 3, 1)]));
        Assert.Equal([2], await peer.ReceiveDatagramAsync());
        Assert.Equal([4], await peer.ReceiveDatagramAsync());
        peer.SendDatagram([5]);
        Assert.Equal([5], Assert.Single(await socket.ReceiveAsync(1)).Bytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_port_in_use_and_an_address_of_another_machine_are_told(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var socket = new Bound(loop, IPAddress.Loopback);
        Assert.Equal(SocketError.AddressAlreadyInUse, await FailureAsync(IPAddress.Loopback, socket.Port));
        Assert.Equal(SocketError.AddressNotAvailable, await FailureAsync(IPAddress.Parse("198.51.100.1"), 0));

        async Task<SocketError> FailureAsync(IPAddress address, int port) => (await Assert.ThrowsAsync<SocketException>(
            () => loop.RunAsync(() => loop.Loop.Sockets.Bind(new IPEndPoint(address, port), BufferBytes, sharePort: false).Close()))).SocketErrorCode;
    }

    /// <summary>A port that nobody is bound to: it was free a moment ago, and the system does not hand it out again at once.</summary>
    internal static ushort UnusedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket.Address().Port;
    }

    /// <summary>A socket of the loop, which keeps what it receives.</summary>
    private sealed class Bound : Observed, IPollTarget, IDisposable
    {
        private readonly TestLoop _loop;
        private readonly List<(NetworkAddress Sender, byte[] Bytes)> _received = [];
        private long _token;

        public Bound(TestLoop loop, IPAddress address)
            : this(loop, () => loop.Loop.Sockets.Bind(new IPEndPoint(address, 0), BufferBytes, sharePort: false))
        {
        }

        public Bound(TestLoop loop, NetworkAddress peer)
            : this(loop, () => loop.Loop.Sockets.ConnectDatagrams(peer, BufferBytes))
        {
        }

        private Bound(TestLoop loop, Func<DatagramSocket> open)
        {
            _loop = loop;
            Socket = loop.RunAsync(() =>
            {
                DatagramSocket socket = open();
                _token = loop.Loop.Watch(this, socket.Handle, PollEvents.Readable | PollEvents.Broken);
                return socket;
            }).GetAwaiter().GetResult();
        }

        public DatagramSocket Socket { get; }

        public int Port => Socket.LocalEndPoint.Port;

        public SocketError Error { get; private set; }

        public async Task<List<(NetworkAddress Sender, byte[] Bytes)>> ReceiveAsync(int count)
        {
            await UntilAsync(() => _received.Count >= count);
            lock (Gate)
            {
                return [.. _received];
            }
        }

        public void Ready(PollEvents events)
        {
            if ((events & PollEvents.Broken) != 0)
            {
                SocketError error = Socket.TakeError();
                Change(() => Error = error);
            }

            ReceiveBatch batch = _loop.Loop.Datagrams;
            int count;
            do
            {
                count = Socket.Receive(batch);
                for (int i = 0; i < count; i++)
                {
                    (NetworkAddress, byte[]) datagram = (batch.Senders[i], batch[i].ToArray());
                    Change(() => _received.Add(datagram));
                }
            }
            while (count == ReceiveBatch.Capacity);
        }

        public void Faulted(Exception fault)
        {
        }

        public override string ToString() => $"{_received.Count} received, {Error}";

        public void Dispose() => _loop.RunAsync(() =>
        {
            _loop.Loop.Unwatch(Socket.Handle, _token);
            Socket.Close();
        }).Wait(HungAfter);
    }
}
