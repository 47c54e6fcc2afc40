using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Tests.Udp;

namespace Sluice.Transport.Tests;

/// <summary>Dials from a pool of addresses, on a machine that has two ports to give for each.</summary>
public class SourceAddressTests
{
    private const int FirstPort = 45_000;
    private const int LastPort = 45_001;

    private static readonly IPAddress[] Pool = [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"), IPAddress.Parse("192.0.2.1")];

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Tcp_dials_use_every_port_of_every_address_that_fits(PollerKind poller)
    {
        using var loop = new TestLoop(poller, sources: Pool);
        await loop.EnterNetworkNamespaceAsync();
        await loop.RunAsync(() => NetworkNamespace.SetPortRange(FirstPort, LastPort));
        using Socket listener = await loop.RunAsync(() => Listen(7083));
        var local = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 4; i++)
        {
            TcpConnectResult result = await ConnectAsync(loop, 7083);
            Assert.Equal(SocketError.Success, result.Error);
            using Socket accepted = await listener.AcceptAsync().WaitAsync(Observed.HungAfter);
            Assert.True(local.Add($"{accepted.RemoteEndPoint}"), $"{accepted.RemoteEndPoint} twice");
        }

        Assert.Equal(["127.0.0.2:45000", "127.0.0.2:45001", "127.0.0.3:45000", "127.0.0.3:45001"], local.Order(StringComparer.Ordinal));
        Assert.Equal(SocketError.AddressNotAvailable, (await ConnectAsync(loop, 7083)).Error);
    }

    [Fact]
    public async Task Tcp_dials_from_a_pool_have_the_ports_anew_for_each_target()
    {
        using var loop = new TestLoop(sources: Pool);
        await loop.EnterNetworkNamespaceAsync();
        await loop.RunAsync(() => NetworkNamespace.SetPortRange(FirstPort, LastPort));
        for (int port = 7083; port < 7086; port++)
        {
            using Socket listener = await loop.RunAsync(() => Listen(port));
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(SocketError.Success, (await ConnectAsync(loop, port)).Error);
            }
        }
    }

    [Fact]
    public async Task A_target_of_another_family_is_dialled_from_where_the_system_chooses()
    {
        using var loop = new TestLoop(sources: Pool);
        using Socket listener = RawSockets.Listen(IPAddress.IPv6Loopback);
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 60_000));
        Assert.Equal(SocketError.Success, result.Error);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Udp_dials_use_every_port_of_every_address_that_fits(PollerKind poller)
    {
        using var loop = new TestLoop(poller, sources: Pool);
        await loop.EnterNetworkNamespaceAsync();
        await loop.RunAsync(() => NetworkNamespace.SetPortRange(FirstPort, LastPort));
        using Echo echo = await Echo.StartAsync(loop, 7083);
        using var sockets = new Opened(loop);
        for (int i = 0; i < 4; i++)
        {
            sockets.Open(echo.Address);
        }

        Assert.Equal(
            ["127.0.0.2:45000", "127.0.0.2:45001", "127.0.0.3:45000", "127.0.0.3:45001"],
            sockets.All.Select(socket => $"{socket.Socket.LocalEndPoint}").Order(StringComparer.Ordinal));
        await sockets.ReceiveTheirOwnAsync();
        Assert.Equal(
            SocketError.AddressNotAvailable, Assert.Throws<SocketException>(() => new BoundSocket(loop, echo.Address)).SocketErrorCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Udp_sockets_to_different_peers_share_ports_once_none_is_left(int addresses)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the system's ports are what there is");
        using var loop = new TestLoop(sources: Pool[..addresses]);
        await loop.EnterNetworkNamespaceAsync();
        await loop.RunAsync(() => NetworkNamespace.SetPortRange(FirstPort, LastPort));
        int portsForEach = 2 * Math.Max(1, addresses - 1);
        using var sockets = new Opened(loop);
        var echoes = new List<Echo>();
        try
        {
            for (int port = 7083; port < 7087; port++)
            {
                Echo echo = await Echo.StartAsync(loop, port);
                echoes.Add(echo);
                for (int i = 0; i < portsForEach; i++)
                {
                    sockets.Open(echo.Address);
                }

                Assert.Equal(
                    SocketError.AddressNotAvailable,
                    Assert.Throws<SocketException>(() => new BoundSocket(loop, echo.Address)).SocketErrorCode);
            }

            // Every one has its own path and hears its own peer, also those whose ports were given first.
            Assert.Equal(4 * portsForEach, sockets.Paths.Count);
            await sockets.ReceiveTheirOwnAsync();

            // A port that one of them gives back is found again, and goes to that peer alone.
            NetworkAddress first = echoes[0].Address;
            sockets.CloseOne(first);
            Assert.Throws<SocketException>(() => new BoundSocket(loop, echoes[1].Address));
            sockets.Open(first);
            await sockets.ReceiveTheirOwnAsync();
        }
        finally
        {
            echoes.ForEach(echo => echo.Dispose());
        }
    }

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();
        return socket;
    }

    private static Task<TcpConnectResult> ConnectAsync(TestLoop loop, int port) =>
        loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, NetworkAddress.From(IPAddress.Loopback, (ushort)port), 60_000));

    /// <summary>Sends each datagram back.</summary>
    private sealed class Echo : IDisposable
    {
        private readonly Socket _socket;

        private Echo(Socket socket)
        {
            _socket = socket;
            _ = RunAsync();
        }

        public NetworkAddress Address => NetworkAddress.From((IPEndPoint)_socket.LocalEndPoint!);

        public static Task<Echo> StartAsync(TestLoop loop, int port) => loop.RunAsync(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return new Echo(socket);
        });

        public void Dispose() => _socket.Dispose();

        private async Task RunAsync()
        {
            byte[] buffer = new byte[1500];
            while (true)
            {
                try
                {
                    SocketReceiveFromResult got = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                    await _socket.SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), got.RemoteEndPoint);
                }
                catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Connected sockets of a loop.</summary>
    private sealed class Opened(TestLoop loop) : IDisposable
    {
        private readonly List<(NetworkAddress Peer, BoundSocket Socket)> _all = [];
        private int _round;

        public IEnumerable<BoundSocket> All => _all.Select(one => one.Socket);

        public HashSet<string> Paths => [.. _all.Select(one => $"{one.Socket.Socket.LocalEndPoint} {one.Peer}")];

        public void Open(NetworkAddress peer) => _all.Add((peer, new BoundSocket(loop, peer)));

        public void CloseOne(NetworkAddress peer)
        {
            int index = _all.FindIndex(one => one.Peer == peer);
            _all[index].Socket.Dispose();
            _all.RemoveAt(index);
        }

        /// <summary>Each says something of its own, and that alone comes back to it.</summary>
        public async Task ReceiveTheirOwnAsync()
        {
            _round++;
            var heard = new List<int>();
            foreach ((_, BoundSocket socket) in _all)
            {
                heard.Add((await socket.ReceiveAsync(0)).Count);
            }

            for (int i = 0; i < _all.Count; i++)
            {
                await _all[i].Socket.SendAsync([(_all[i].Peer, [(byte)_round, (byte)i])]);
            }

            for (int i = 0; i < _all.Count; i++)
            {
                List<(NetworkAddress Sender, byte[] Bytes)> received = await _all[i].Socket.ReceiveAsync(heard[i] + 1);
                Assert.Equal([(byte)_round, (byte)i], Assert.Single(received[heard[i]..]).Bytes);
            }
        }

        public void Dispose() => _all.ForEach(one => one.Socket.Dispose());
    }
}
