using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kit;
using TcpListener = Sluice.Transport.Tcp.TcpListener;

namespace Sluice.Transport.Tests.Tcp;

public class TcpServerTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task All_addresses_means_IPv4_and_IPv6_and_a_client_looks_the_same_by_either(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var accepted = new Accepted();
        TcpServer server = await StartAsync([loop], new IPEndPoint(IPAddress.IPv6Any, 0), accepted);
        Assert.NotEqual(0, server.LocalEndPoint.Port);
        Assert.Equal(IPAddress.IPv6Any, server.LocalEndPoint.Address);
        using Socket four = await RawSockets.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.LocalEndPoint.Port));
        using Socket six = await RawSockets.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, server.LocalEndPoint.Port));
        await accepted.UntilAsync(() => accepted.Connections.Count == 2);
        Assert.Equal(
            new[] { four, six }.Select(client => NetworkAddress.From((IPEndPoint)client.LocalEndPoint!)).OrderBy(a => a.IsIPv4),
            accepted.Connections.Select(connection => connection.RemoteAddress).OrderBy(a => a.IsIPv4));
        await EndAsync(server, accepted);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task One_address_means_that_one_alone(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var accepted = new Accepted();
        TcpServer server;
        Socket? holder;
        do
        {
            // The same port of the other address must be somebody's who does not listen: else it may just now be given to somebody who
            // does.
            server = await StartAsync([loop], new IPEndPoint(IPAddress.IPv6Loopback, 0), accepted);
            holder = RawSockets.TryHold(RawSockets.LoopbackOf(server.LocalEndPoint.Port));
            if (holder is null)
            {
                await server.StopAsync();
            }
        }
        while (holder is null);

        using Socket held = holder;
        using Socket six = await RawSockets.ConnectAsync(server.LocalEndPoint);
        await accepted.UntilAsync(() => accepted.Connections.Count == 1);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(
            () => RawSockets.ConnectAsync(RawSockets.LoopbackOf(server.LocalEndPoint.Port)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await EndAsync(server, accepted);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task An_address_of_another_machine_is_rejected(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var elsewhere = new IPEndPoint(IPAddress.Parse("198.51.100.1"), 0);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => StartAsync([loop], elsewhere, new Accepted()));
        Assert.Equal(SocketError.AddressNotAvailable, refused.SocketErrorCode);
    }

    [Theory]
    [CombinatorialPollers(1, 1)]
    [CombinatorialPollers(1, 2)]
    [CombinatorialPollers(2, 1)]
    [CombinatorialPollers(2, 2)]
    public async Task A_port_in_use_is_reported_whatever_the_number_of_loops(PollerKind poller, int first, int second)
    {
        using var loops = new Loops(poller, Math.Max(first, second));
        var accepted = new Accepted();
        TcpServer server = await StartAsync(loops.Take(first), new IPEndPoint(IPAddress.Loopback, 0), accepted);
        SocketException inUse = await Assert.ThrowsAsync<SocketException>(
            () => StartAsync(loops.Take(second), server.LocalEndPoint, new Accepted()));
        Assert.Equal(SocketError.AddressAlreadyInUse, inUse.SocketErrorCode);

        // The first one has not lost a client to the attempt.
        for (int i = 0; i < 20; i++)
        {
            using Socket client = await RawSockets.ConnectAsync(server.LocalEndPoint);
        }

        await accepted.UntilAsync(() => accepted.Connections.Count == 20);
        await EndAsync(server, accepted);
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
            Task<TcpServer>[] starts =
            [
                Task.Run(() => StartAsync(one.Take(2), endPoint, new Accepted())),
                Task.Run(() => StartAsync(other.Take(2), endPoint, new Accepted())),
            ];
            await Task.WhenAll(starts).ContinueWith(_ => { }, TaskScheduler.Default);
            TcpServer[] started = [.. starts.Where(start => start.IsCompletedSuccessfully).Select(start => start.Result)];
            Assert.All(
                starts.Where(start => start.IsFaulted),
                start => Assert.Equal(
                    SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(start.Exception!.InnerException).SocketErrorCode));
            await Task.WhenAll(started.Select(server => server.StopAsync()));
            Assert.True(started.Length <= 1, $"both had port {endPoint.Port} in round {round}");
        }
    }

    [Theory]
    [CombinatorialPollers(1)]
    [CombinatorialPollers(3)]
    public async Task A_port_can_be_taken_again_at_once_though_connections_of_it_live(PollerKind poller, int count)
    {
        using var loops = new Loops(poller, count);
        var accepted = new Accepted();
        TcpServer server = await StartAsync(loops.Take(count), new IPEndPoint(IPAddress.Loopback, 0), accepted);
        using Socket client = await RawSockets.ConnectAsync(server.LocalEndPoint);
        await accepted.UntilAsync(() => accepted.Connections.Count == 1);
        await server.StopAsync();
        Assert.False(accepted.Connections[0].IsClosed);

        var again = new Accepted();
        TcpServer second = await StartAsync(loops.Take(count), server.LocalEndPoint, again);
        using Socket other = await RawSockets.ConnectAsync(server.LocalEndPoint);
        await again.UntilAsync(() => again.Connections.Count == 1);
        await EndAsync(second, again);
        await accepted.CloseAsync();
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Connections_spread_over_the_loops_and_each_runs_on_its_own(PollerKind poller)
    {
        const int Clients = 120;
        using var loops = new Loops(poller, 3);
        var accepted = new Accepted();
        TcpServer server = await StartAsync(loops.Take(3), new IPEndPoint(IPAddress.IPv6Any, 0), accepted);
        var clients = new List<Socket>();
        for (int i = 0; i < Clients; i++)
        {
            clients.Add(await RawSockets.ConnectAsync(RawSockets.LoopbackOf(server.LocalEndPoint.Port)));
        }

        await accepted.UntilAsync(() => accepted.Connections.Count == Clients);
        Assert.Equal(0, accepted.OnAnotherLoop);
        int[] shares = [.. loops.Take(3).Select(loop => accepted.Connections.Count(connection => connection.Loop == loop.Loop))];
        if (poller == PollerKind.Poll)
        {
            Assert.Equal([Clients / 3, Clients / 3, Clients / 3], shares);
        }
        else
        {
            // The kernel decides by a hash of the addresses: none is left out, more is not promised.
            Assert.All(shares, share => Assert.InRange(share, 1, Clients));
        }

        clients.ForEach(client => client.Dispose());
        await EndAsync(server, accepted);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_stopped_server_refuses_new_clients_and_keeps_its_connections(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var accepted = new Accepted();
        TcpServer server = await StartAsync([loop], new IPEndPoint(IPAddress.Loopback, 0), accepted);
        using Socket client = await RawSockets.ConnectAsync(server.LocalEndPoint);
        await accepted.UntilAsync(() => accepted.Connections.Count == 1);
        await server.StopAsync();
        await server.StopAsync();
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => RawSockets.ConnectAsync(server.LocalEndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        Assert.Equal(5, await loop.RunAsync(() => accepted.Connections[0].Write("still"u8)));
        await client.ReceiveExactlyAsync(5);
        await accepted.CloseAsync();
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_fault_of_the_accept_callback_ends_only_that_connection(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var accepted = new Accepted { FaultsAt = 1 };
        TcpServer server = await StartAsync([loop], new IPEndPoint(IPAddress.Loopback, 0), accepted);
        Assert.Equal(SocketError.ConnectionReset, await ConnectAndReadErrorAsync(server.LocalEndPoint));
        using Socket lucky = await RawSockets.ConnectAsync(server.LocalEndPoint);
        await accepted.UntilAsync(() => accepted.Connections.Count == 2);
        Assert.False(accepted.Connections[1].IsClosed);
        Assert.Equal([122], loop.Log.Lines.Select(line => line.Id));
        await EndAsync(server, accepted);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_crowd_that_comes_in_one_turn_and_partly_leaves_at_once_is_taken_whole(PollerKind poller)
    {
        const int Clients = 200;
        using var loop = new TestLoop(poller);
        var accepted = new Accepted();
        TcpServer server = await StartAsync([loop], new IPEndPoint(IPAddress.Loopback, 0), accepted);
        Action goOn = await loop.StandStillAsync();
        var clients = new List<Socket>();
        for (int i = 0; i < Clients; i++)
        {
            clients.Add(await RawSockets.ConnectAsync(server.LocalEndPoint));
            if (i % 10 == 0)
            {
                clients[i].Reset();
            }
        }

        goOn();
        await accepted.UntilAsync(() => accepted.Connections.Count >= Clients * 9 / 10);
        using Socket last = await RawSockets.ConnectAsync(server.LocalEndPoint);
        NetworkAddress lastAddress = NetworkAddress.From((IPEndPoint)last.LocalEndPoint!);
        await accepted.UntilAsync(() => accepted.Connections.Any(connection => connection.RemoteAddress == lastAddress));
        Assert.Empty(loop.Log.Lines);
        clients.ForEach(client => client.Dispose());
        await EndAsync(server, accepted);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_listener_without_clients_sleeps(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var accepted = new Accepted();
        TcpServer server = await StartAsync([loop], new IPEndPoint(IPAddress.Loopback, 0), accepted);
        using Socket client = await RawSockets.ConnectAsync(server.LocalEndPoint);
        await accepted.UntilAsync(() => accepted.Connections.Count == 1);
        Assert.True(await loop.IsAtRestAsync());
        await EndAsync(server, accepted);
    }

    [Theory]
    [CombinatorialPollers(15)]
    [CombinatorialPollers(77)]
    public async Task Accepted_sockets_send_at_once_and_are_probed_when_silent(PollerKind poller, int seconds)
    {
        using var loop = new TestLoop(poller);
        var taken = new TaskCompletionSource<StreamSocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpListener listener = await loop.RunAsync(() => new TcpListener(
            loop.Loop,
            new IPEndPoint(IPAddress.Loopback, 0),
            new TcpListenOptions { KeepAliveSeconds = seconds },
            sharePort: false,
            (socket, _) => taken.SetResult(socket),
            loop.Log));
        using Socket client = await RawSockets.ConnectAsync(listener.LocalEndPoint);
        StreamSocket accepted = await taken.Task.WaitAsync(Observed.HungAfter);
        AssertStreamOptions(accepted, seconds);
        await loop.RunAsync(() =>
        {
            accepted.Close(abort: false);
            listener.Close();
        });
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Dialled_sockets_send_at_once_and_are_probed_when_silent(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        StreamSocket dialled = await loop.RunAsync(() => loop.Loop.Sockets.BeginConnect(listener.Address()));
        AssertStreamOptions(dialled, new TcpListenOptions().KeepAliveSeconds);
        dialled.Close(abort: false);
    }

    /// <summary>The reset may come before or after the connect has returned.</summary>
    private static async Task<SocketError> ConnectAndReadErrorAsync(IPEndPoint endPoint)
    {
        try
        {
            using Socket socket = await RawSockets.ConnectAsync(endPoint);
            return await socket.ReadErrorAsync();
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode;
        }
    }

    private static void AssertStreamOptions(StreamSocket socket, int keepAliveSeconds)
    {
        // A second view of the same descriptor, which asks the kernel.
        using var view = new Socket(new SafeSocketHandle(socket.Handle, ownsHandle: false));
        Assert.NotEqual(0, (int)view.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay)!);
        Assert.NotEqual(0, (int)view.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.Equal(keepAliveSeconds, (int)view.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!);
        Assert.Equal(keepAliveSeconds, (int)view.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)!);
    }

    private static Task<TcpServer> StartAsync(IEnumerable<TestLoop> loops, IPEndPoint endPoint, Accepted accepted)
    {
        TestLoop[] all = [.. loops];
        return TcpServer.StartAsync([.. all.Select(loop => loop.Loop)], endPoint, new TcpListenOptions(), accepted.Add, all[0].Log);
    }

    private static async Task EndAsync(TcpServer server, Accepted accepted)
    {
        await server.StopAsync();
        await accepted.CloseAsync();
    }

    private sealed class Accepted : Observed
    {
        private readonly List<TcpConnection> _connections = [];

        public int? FaultsAt { get; init; }

        public int OnAnotherLoop { get; private set; }

        public IReadOnlyList<TcpConnection> Connections
        {
            get
            {
                lock (Gate)
                {
                    return [.. _connections];
                }
            }
        }

        public void Add(TcpConnection connection)
        {
            int count = 0;
            Change(() =>
            {
                _connections.Add(connection);
                count = _connections.Count;
                OnAnotherLoop += connection.Loop.IsCurrent ? 0 : 1;
            });
            if (count == FaultsAt)
            {
                throw new FormatException();
            }
        }

        public async Task CloseAsync()
        {
            foreach (TcpConnection connection in Connections)
            {
                await connection.Loop.InvokeAsync(() =>
                {
                    connection.Close();
                    return true;
                });
            }
        }

        public override string ToString() => $"{_connections.Count} connections";
    }

    private sealed class Loops(PollerKind poller, int count) : IDisposable
    {
        private readonly TestLoop[] _loops = [.. Enumerable.Range(0, count).Select(_ => new TestLoop(poller))];

        public IEnumerable<TestLoop> Take(int count) => _loops.Take(count);

        public void Dispose() => Array.ForEach(_loops, loop => loop.Dispose());
    }
}
