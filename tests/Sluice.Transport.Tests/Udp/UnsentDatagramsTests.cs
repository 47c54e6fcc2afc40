using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Udp;

/// <summary>A socket that is full: what it does not take is neither lost nor kept without bound.</summary>
public class UnsentDatagramsTests
{
    private static readonly NetworkAddress One = NetworkAddress.From(IPAddress.Loopback, 1);
    private static readonly NetworkAddress Two = NetworkAddress.From(IPAddress.Loopback, 2);

    private readonly BufferPool _buffers = new(4096, 4);
    private readonly NarrowSocket _socket = new();

    [Fact]
    public void Datagrams_that_a_full_socket_rejects_leave_later_in_order_and_before_newer_ones()
    {
        SendBatch batch = Batch(maxBytes: 1024 * 1024);
        var expected = new List<(NetworkAddress To, byte[] Bytes)>();
        _socket.Room = 7;
        for (int burst = 0; burst < 3; burst++)
        {
            for (int i = 0; i < 200; i++)
            {
                (NetworkAddress To, byte[] Bytes) datagram = (i % 3 == 0 ? One : Two, RawSockets.Noise(i * 7 % 1500, seed: i));
                expected.Add(datagram);
                Commit(batch, datagram.To, datagram.Bytes);
            }

            batch.Flush();
            Assert.True(batch.IsBlocked);
        }

        for (int rounds = 0; batch.IsBlocked; rounds++)
        {
            Assert.InRange(rounds, 0, expected.Count);
            _socket.Room = 11;
            batch.SendKept();
        }

        Assert.Equal(expected.Select(datagram => datagram.To), _socket.Sent.Select(datagram => datagram.To));
        Assert.Equal(expected.Select(datagram => datagram.Bytes), _socket.Sent.Select(datagram => datagram.Bytes));
        Assert.Equal(0, batch.Dropped);
        Assert.Equal(0, _buffers.Rented);

        // From here on nothing stands between a batch and the socket again.
        _socket.Room = 1;
        Commit(batch, One, [1]);
        batch.Flush();
        Assert.False(batch.IsBlocked);
        Assert.Equal([1], _socket.Sent[^1].Bytes);
    }

    [Theory]
    [InlineData(1000, 100_000)]
    [InlineData(1, 100_000)]
    [InlineData(0, 10_000)]
    public void Kept_datagrams_are_bounded_in_bytes_and_the_rest_is_counted(int datagramBytes, int maxBytes)
    {
        const int Datagrams = 5000;
        SendBatch batch = Batch(maxBytes);
        for (int i = 0; i < Datagrams; i++)
        {
            Commit(batch, One, RawSockets.Noise(datagramBytes, seed: i));
        }

        batch.Flush();
        Assert.InRange(_buffers.Rented * _buffers.BufferBytes, 0, 2 * maxBytes);
        _socket.Room = int.MaxValue;
        batch.SendKept();
        Assert.InRange(_socket.Sent.Count, 1, maxBytes / Math.Max(1, datagramBytes));
        Assert.Equal(Datagrams - _socket.Sent.Count, batch.Dropped);
        Assert.Equal(
            Enumerable.Range(0, _socket.Sent.Count).Select(i => RawSockets.Noise(datagramBytes, seed: i)),
            _socket.Sent.Select(datagram => datagram.Bytes));
    }

    [Fact]
    public void Forgotten_paths_release_their_memory()
    {
        var unsent = new UnsentDatagrams(_socket, _buffers, 1024 * 1024);
        var batch = new SendBatch(_socket, unsent);
        for (int i = 0; i < 100; i++)
        {
            Commit(batch, One, new byte[1000]);
        }

        batch.Flush();
        Assert.NotEqual(0, _buffers.Rented);
        unsent.Clear();
        Assert.Equal(0, _buffers.Rented);
        Assert.False(batch.IsBlocked);
    }

    /// <summary>Over a link of 80 Mbit/s that takes a few datagrams at once, and a socket whose buffer holds about as many.</summary>
    [Theory]
    [DatagramEngines]
    public async Task A_burst_that_the_system_does_not_take_at_once_arrives_complete_and_in_order(PollerKind poller, string ways)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && SlowLink.IsAvailable, "needs a network namespace of its own, with a queue that the test sets");
        const int Datagrams = 500;
        using var loop = new TestLoop(poller, Ways.Read(ways));
        await loop.RunAsync(SlowLink.Enter);
        (Socket peer, DatagramSocket socket) = await loop.RunAsync(() =>
        {
            var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 * 1024 * 1024 };
            receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return (receiver, loop.Loop.Sockets.Bind(new IPEndPoint(IPAddress.Loopback, 0), 16 * 1024, sharePort: false));
        });
        using Socket first = peer;
        byte[][] sent = [.. Enumerable.Range(0, Datagrams).Select(i => RawSockets.Noise(i % 5 == 4 ? 300 : 1000, seed: i))];
        SendBatch batch = await loop.RunAsync(() =>
        {
            var filled = new SendBatch(socket, new UnsentDatagrams(socket, loop.Loop.Buffers, 4 * 1024 * 1024));
            foreach (byte[] bytes in sent)
            {
                Commit(filled, peer.Address(), bytes);
            }

            filled.Flush();
            Assert.True(filled.IsBlocked, "the link took everything at once");
            return filled;
        });

        using var view = new Socket(new SafeSocketHandle(socket.Handle, ownsHandle: false));
        for (int received = 0; received < Datagrams; received++)
        {
            while (!peer.Poll(1000, SelectMode.SelectRead))
            {
                await loop.RunAsync(() =>
                {
                    if (view.Poll(0, SelectMode.SelectWrite))
                    {
                        batch.SendKept();
                    }
                });
            }

            byte[] buffer = new byte[2000];
            Assert.Equal(sent[received], buffer[..peer.Receive(buffer)]);
        }

        Assert.Equal(0, batch.Dropped);
        await loop.RunAsync(socket.Close);
    }

    [Theory]
    [CombinatorialPollers]
    public async Task Writability_of_a_datagram_socket_wakes_the_loop_only_on_demand(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var socket = new BoundSocket(loop, IPAddress.Loopback);
        var target = new WritableTarget();
        DatagramSocket plain = await loop.RunAsync(
            () => loop.Loop.Sockets.Bind(new IPEndPoint(IPAddress.Loopback, 0), 65_536, sharePort: false));
        const PollEvents Quiet = PollEvents.Readable | PollEvents.Broken | PollEvents.WritableOnDemand;
        long token = await loop.RunAsync(() => loop.Loop.Watch(target, plain.Handle, Quiet));
        NetworkAddress to = NetworkAddress.From(socket.Socket.LocalEndPoint);
        await loop.RunAsync(() => plain.Send([1, 2], [new(to, 0, 1), new(to, 1, 1)]));
        await socket.ReceiveAsync(2);
        await loop.SettleAsync();
        Assert.Equal(0, target.Writable);

        await loop.RunAsync(() => loop.Loop.ChangeWatch(plain.Handle, token, Quiet | PollEvents.Writable));
        await target.UntilAsync(() => target.Writable > 0);
        await loop.RunAsync(() => loop.Loop.ChangeWatch(plain.Handle, token, Quiet));
        await loop.SettleAsync();
        int before = target.Writable;
        await loop.RunAsync(() => plain.Send([1, 2], [new(to, 0, 1), new(to, 1, 1)]));
        await socket.ReceiveAsync(4);
        await loop.SettleAsync();
        Assert.Equal(before, target.Writable);
        await loop.RunAsync(() =>
        {
            loop.Loop.Unwatch(plain.Handle, token);
            plain.Close();
        });
    }

    private SendBatch Batch(int maxBytes) => new(_socket, new UnsentDatagrams(_socket, _buffers, maxBytes));

    private static void Commit(SendBatch batch, NetworkAddress to, byte[] bytes)
    {
        batch.To = to;
        Span<byte> datagram = batch.GetDatagram(1500)[..bytes.Length];
        bytes.CopyTo(datagram);
        batch.Commit(datagram);
    }

    private sealed class WritableTarget : Observed, IPollTarget
    {
        public int Writable { get; private set; }

        public void Ready(PollEvents events)
        {
            if ((events & PollEvents.Writable) != 0)
            {
                Change(() => Writable++);
            }
        }

        public void Faulted(Exception fault)
        {
        }

        public override string ToString() => $"{Writable} times writable";
    }

    /// <summary>Takes as many datagrams as the test says.</summary>
    private sealed class NarrowSocket : DatagramSocket
    {
        public int Room { get; set; }

        public List<(NetworkAddress To, byte[] Bytes)> Sent { get; } = [];

        public override nint Handle => throw new NotSupportedException();

        public override IPEndPoint LocalEndPoint => throw new NotSupportedException();

        public override (int Receive, int Send) BufferBytes => throw new NotSupportedException();

        public override bool Receive(ReceiveBatch batch) => throw new NotSupportedException();

        public override int Send(byte[] buffer, ReadOnlySpan<OutgoingDatagram> datagrams)
        {
            int count = Math.Min(Room, datagrams.Length);
            Room -= count;
            foreach (OutgoingDatagram datagram in datagrams[..count])
            {
                Sent.Add((datagram.To, buffer[datagram.Offset..(datagram.Offset + datagram.Length)]));
            }

            return count;
        }

        public override SocketError TakeError() => throw new NotSupportedException();

        public override void Close()
        {
        }
    }
}
