using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Kcp;

[Collection(nameof(Alone))]
public class KcpServerTests
{
    [Fact]
    public async Task Message_mode_is_rejected_with_the_remedy()
    {
        var options = new KcpEndpointOptions { Session = new KcpOptions { StreamMode = false } };
        using var loop = new TestLoop(Pollers.All.First().Data);
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            () => KcpServer.StartAsync([loop.Loop], new IPEndPoint(IPAddress.Loopback, 0), options, _ => { }));
        Assert.Contains("StreamMode", refused.Message);
        Assert.Throws<ArgumentException>(() => KcpDial.TryOpen(loop.Loop, NetworkAddress.From(IPAddress.Loopback, 9), options, out _));
    }

    [Theory]
    [CombinatorialPollers]
    public async Task Smaller_buffers_than_wanted_are_reported_with_the_remedy(PollerKind poller)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limits of Linux");
        const int Modest = 64 * 1024;
        const int Huge = 512 * 1024 * 1024;
        using var loop = new TestLoop(poller);
        await (await StartAsync(Modest)).StopAsync();
        Assert.Empty(loop.Log.Lines);
        KcpServer server = await StartAsync(Huge);
        string port = server.LocalEndPoint.ToString();
        await server.StopAsync();
        if (poller == PollerKind.Epoll && loop.Log.Lines.Count == 0)
        {
            // A privileged process is granted whatever it wants.
            Assert.True(Environment.IsPrivilegedProcess);
            return;
        }

        string line = Assert.Single(loop.Log.Lines).Text;
        Assert.Contains($"net.core.rmem_max={Huge} net.core.wmem_max={Huge}", line, StringComparison.Ordinal);
        Assert.Contains(port, line, StringComparison.Ordinal);

        Task<KcpServer> StartAsync(int bytes) => KcpServer.StartAsync(
            [loop.Loop], new IPEndPoint(IPAddress.Loopback, 0), new KcpEndpointOptions { SocketBufferBytes = bytes }, _ => { }, loop.Log);
    }

    [Theory]
    [CombinatorialPollers(1, 1)]
    [CombinatorialPollers(1, 2)]
    [CombinatorialPollers(2, 1)]
    [CombinatorialPollers(2, 2)]
    public async Task A_port_in_use_is_reported_whatever_the_number_of_loops(PollerKind poller, int first, int second)
    {
        using var loops = new Loops(poller, 2);
        var accepted = new Accepted();
        KcpServer server = await StartAsync(loops.Take(first), accepted);
        Assert.NotEqual(0, server.LocalEndPoint.Port);
        SocketException inUse = await Assert.ThrowsAsync<SocketException>(
            () => KcpServer.StartAsync(loops.Take(second), server.LocalEndPoint, new KcpEndpointOptions(), _ => { }));
        Assert.Equal(SocketError.AddressAlreadyInUse, inUse.SocketErrorCode);

        // The first one has not lost a client to the attempt.
        List<UdpPeer> peers = [.. Enumerable.Range(0, 20).Select(_ => new UdpPeer(server.LocalEndPoint))];
        peers.ForEach(peer => peer.SendDatagram(Handmade.Push(1, 0, "a"u8)));
        await accepted.UntilAsync(() => accepted.Count == peers.Count);
        peers.ForEach(peer => peer.Dispose());
        await server.StopAsync();
        Assert.Equal(20, accepted.Lost);
    }

    [Fact]
    public async Task Two_servers_that_start_at_the_same_moment_never_share_a_port()
    {
        PollerKind poller = Pollers.All.First().Data;
        using var one = new Loops(poller, 2);
        using var other = new Loops(poller, 2);
        for (int round = 0; round < 200; round++)
        {
            var endPoint = new IPEndPoint(IPAddress.Loopback, FreePort.Take(IPAddress.Loopback));
            Task<KcpServer>[] starts =
            [
                Task.Run(() => KcpServer.StartAsync(one.Take(2), endPoint, new KcpEndpointOptions(), _ => { })),
                Task.Run(() => KcpServer.StartAsync(other.Take(2), endPoint, new KcpEndpointOptions(), _ => { })),
            ];
            await Task.WhenAll(starts).ContinueWith(_ => { }, TaskScheduler.Default);
            KcpServer[] started = [.. starts.Where(start => start.IsCompletedSuccessfully).Select(start => start.Result)];
            await Task.WhenAll(started.Select(server => server.StopAsync()));
            Assert.True(started.Length <= 1, $"both had port {endPoint.Port} in round {round}");
        }
    }

    [Theory]
    [CombinatorialPollers]
    public async Task Two_thousand_sessions_over_two_loops(PollerKind poller)
    {
        using var loops = new Loops(poller, 2);

        // A few first: what the runtime opens once, for its own sockets too, is there then.
        await EchoAsync(loops, peerCount: 2, perPeer: 1);
        int before = Alone.SettledDescriptors();
        Accepted accepted = await EchoAsync(loops, peerCount: 500, perPeer: 4);
        Assert.Equal(poller == PollerKind.Epoll ? 2 : 1, accepted.LoopsUsed);
        Alone.HoldsDescriptors(before);
    }

    /// <summary>Runs sessions that each send a word of their own and receive it again.</summary>
    private static async Task<Accepted> EchoAsync(Loops loops, int peerCount, int perPeer)
    {
        var accepted = new Accepted();
        KcpServer server = await StartAsync(loops.Take(2), accepted);
        List<UdpPeer> peers = [.. Enumerable.Range(0, peerCount).Select(_ => new UdpPeer(server.LocalEndPoint))];
        int told = 0;
        for (uint conv = 1; conv <= perPeer; conv++)
        {
            foreach (UdpPeer[] some in peers.Chunk(100))
            {
                foreach (UdpPeer peer in some)
                {
                    peer.SendDatagram(Handmade.Push(conv, 0, BitConverter.GetBytes((peer.Address.Port * 10) + (int)conv)));
                }

                // In rounds, so that no socket's buffer runs over.
                told += some.Length;
                await accepted.UntilAsync(() => accepted.Echoed == told);
            }
        }

        Assert.Equal(peerCount * perPeer, accepted.Count);
        foreach (UdpPeer peer in peers)
        {
            var echoes = new List<int>();
            while (echoes.Count < perPeer)
            {
                byte[] datagram = await peer.ReceiveDatagramAsync();
                for (int at = 0; at < datagram.Length; at += Handmade.HeaderBytes + BitConverter.ToInt32(datagram, at + 20))
                {
                    // Retransmissions, which are not acknowledged, do not count.
                    if (datagram[at + 4] == Handmade.PushCommand && BitConverter.ToInt32(datagram, at + Handmade.HeaderBytes) is var echo && !echoes.Contains(echo))
                    {
                        echoes.Add(echo);
                    }
                }
            }

            Assert.Equal(Enumerable.Range(1, perPeer).Select(conv => (peer.Address.Port * 10) + conv), echoes.Order());
            peer.Dispose();
        }

        await server.StopAsync();
        Assert.Equal(peerCount * perPeer, accepted.Lost);
        return accepted;
    }

    private static Task<KcpServer> StartAsync(IReadOnlyList<EventLoop> loops, Accepted accepted) => KcpServer.StartAsync(
        loops, new IPEndPoint(IPAddress.Loopback, 0), new KcpEndpointOptions { Session = KcpHost.Turbo() }, accepted.Add);

    private sealed class Loops(PollerKind poller, int count) : IDisposable
    {
        private readonly TestLoop[] _loops = [.. Enumerable.Range(0, count).Select(_ => new TestLoop(poller))];

        public EventLoop[] Take(int number) => [.. _loops.Take(number).Select(loop => loop.Loop)];

        public void Dispose() => Array.ForEach(_loops, loop => loop.Dispose());
    }

    /// <summary>Takes sessions and says everything back to them.</summary>
    private sealed class Accepted : Observed
    {
        private readonly HashSet<EventLoop> _loops = [];

        public int Count { get; private set; }

        public int Echoed { get; private set; }

        public int Lost { get; private set; }

        public int LoopsUsed => _loops.Count;

        public void Add(KcpConnection connection)
        {
            connection.Handler = new Echo(connection, this);
            connection.Resume();
            Change(() =>
            {
                Count++;
                _loops.Add(connection.Loop);
            });
        }

        public override string ToString() => $"{Count} begun, {Echoed} echoed, {Lost} lost";

        private sealed class Echo(KcpConnection connection, Accepted owner) : IConnectionHandler
        {
            public void Received(Span<byte> data)
            {
                connection.Write(data);
                owner.Change(() => owner.Echoed++);
            }

            public void Writable()
            {
            }

            public void Finished()
            {
            }

            public void Lost(SocketError error) => owner.Change(() => owner.Lost++);
        }
    }
}
