using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tests.Kcp;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Udp;

/// <summary>
/// What leaves joined by UDP GSO and comes joined by UDP GRO is the same datagrams. On loopback the system joins what was sent joined.
/// </summary>
public class OffloadTests
{
    private const int NoChecksum = 11;

    [Theory]
    [DatagramEngines("127.0.0.1")]
    [DatagramEngines("::1")]
    public async Task Datagrams_of_many_sockets_arrive_unchanged(PollerKind poller, string ways, string address)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var receiver = new BoundSocket(loop, IPAddress.Parse(address));
        using var one = new BoundSocket(loop, IPAddress.Parse(address));
        using var two = new BoundSocket(loop, IPAddress.Parse(address));
        BoundSocket[] senders = [one, two];
        int[] lengths =
        [
            .. Enumerable.Repeat(1400, 80), 300, .. Enumerable.Repeat(1, 100), .. Enumerable.Repeat(1500, 5), 24, 24, 23, 7, 8, 9, 0, 0, 1000,
        ];
        NetworkAddress to = NetworkAddress.From(receiver.Socket.LocalEndPoint);
        byte[][][] sent = [.. senders.Select(
            (_, s) => lengths.Select((length, i) => RawSockets.Noise(length, seed: (1000 * s) + i)).ToArray())];
        for (int s = 0; s < senders.Length; s++)
        {
            await senders[s].SendAsync(sent[s].Select(bytes => (to, bytes)));
        }

        List<(NetworkAddress Sender, byte[] Bytes)> received = await receiver.ReceiveAsync(2 * lengths.Length);
        for (int s = 0; s < senders.Length; s++)
        {
            NetworkAddress sender = NetworkAddress.From(senders[s].Socket.LocalEndPoint);
            Assert.Equal(sent[s], received.Where(datagram => datagram.Sender == sender).Select(datagram => datagram.Bytes));
        }

        UdpBatching used = loop.Loop.UdpBatching;
        Assert.Equal(used is { ReceiveOffload: true, SendOffload: true }, receiver.Slots < received.Count);
    }

    [Theory]
    [DatagramEngines]
    public async Task A_dialled_socket_has_a_transfer_joined_from_its_second_batch_on(PollerKind poller, string ways)
    {
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var server = new BoundSocket(loop, IPAddress.Loopback);
        using var client = new BoundSocket(loop, NetworkAddress.From(server.Socket.LocalEndPoint));
        NetworkAddress to = NetworkAddress.From(client.Socket.LocalEndPoint);
        byte[][] sent = [.. Enumerable.Range(0, 10).Select(i => RawSockets.Noise(1000, seed: i))];
        await server.SendAsync(sent.Select(bytes => (to, bytes)));
        await client.ReceiveAsync(sent.Length);
        Assert.Equal(sent.Length, client.Slots);
        await server.SendAsync(sent.Select(bytes => (to, bytes)));
        List<(NetworkAddress Sender, byte[] Bytes)> received = await client.ReceiveAsync(2 * sent.Length);
        Assert.Equal([.. sent, .. sent], received.Select(datagram => datagram.Bytes));
        Assert.All(received, datagram => Assert.Equal(server.Socket.LocalEndPoint, datagram.Sender.ToIPEndPoint()));
        Assert.Equal(
            loop.Loop.UdpBatching is { ReceiveOffload: true, SendOffload: true } ? sent.Length + 1 : 2 * sent.Length, client.Slots);
    }

    [Theory]
    [DatagramEngines]
    public async Task A_run_that_the_system_rejects_leaves_one_by_one(PollerKind poller, string ways)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SO_NO_CHECK is Linux's.");
        using var loop = new TestLoop(poller, Ways.Read(ways));
        using var sender = new BoundSocket(loop, IPAddress.Loopback);
        using var peer = new UdpPeer(new IPEndPoint(IPAddress.Loopback, sender.Port));

        // A socket without checksums sends no runs: EINVAL.
        using (var handle = new SafeSocketHandle(sender.Socket.Handle, ownsHandle: false))
        using (var raw = new Socket(handle))
        {
            raw.SetRawSocketOption(1, NoChecksum, BitConverter.GetBytes(1));
        }

        // More than a call takes: singles before, between and after the runs.
        int[] lengths = [10, 20, 20, 20, 30, .. Enumerable.Repeat(40, 150), 50, 60, 60, .. Enumerable.Range(100, 80)];
        byte[][] sent = [.. lengths.Select((length, i) => RawSockets.Noise(length, seed: i))];
        await sender.SendAsync(sent.Select(bytes => (peer.Address, bytes)));
        foreach (byte[] bytes in sent)
        {
            Assert.Equal(bytes, await peer.ReceiveDatagramAsync());
        }

        Assert.Null(peer.TakeDatagram());
    }
}
