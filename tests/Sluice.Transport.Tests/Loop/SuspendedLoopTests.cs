using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kcp;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Loop;

/// <summary>
/// A loop that stands still while clients continue: when it runs again, its deadlines have passed and its sockets are full.
/// </summary>
public class SuspendedLoopTests
{
    /// <summary>More than one wait reports.</summary>
    private const int Clients = 300;

    private const uint Conv = 7;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Bytes_that_clients_sent_meanwhile_are_read_before_a_timer_fires(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var handler = new RecordingHandler();
        TcpServer server = await TcpServer.StartAsync(
            [loop.Loop],
            new IPEndPoint(IPAddress.Loopback, 0),
            new TcpListenOptions(),
            connection =>
            {
                connection.Handler = handler;
                connection.Resume();
            },
            loop.Log);
        var clients = new List<Socket>();
        for (int i = 1; i <= Clients; i++)
        {
            clients.Add(await RawSockets.ConnectAsync(server.LocalEndPoint));
            await clients[^1].SendAllAsync(new byte[1]);
        }

        await handler.UntilAsync(() => handler.ByteCount == Clients);
        long heardByThen = 0;
        var timer = new RecordingTimer { OnDue = _ => heardByThen = handler.ByteCount };
        await loop.RunAsync(() => loop.Loop.Schedule(timer, 1000));

        Action goOn = await loop.StandStillAsync();
        foreach (Socket client in clients)
        {
            await client.SendAllAsync(new byte[1]);
            await client.DeliveredAsync();
        }

        loop.Time.Advance(TimeSpan.FromSeconds(30));
        goOn();
        await timer.UntilAsync(() => timer.Fired.Count == 1);
        clients.ForEach(client => client.Dispose());
        await server.StopAsync();
        Assert.Equal(2 * Clients, heardByThen);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Datagrams_that_came_meanwhile_are_read_before_a_timer_fires(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (_, RecordingHandler handler) = await host.SessionAsync();
        (long heardByThen, long toldByThen) = (0, 0);
        var timer = new RecordingTimer
        {
            OnDue = _ => (heardByThen, toldByThen) = (host.Loop.Loop.Kcp.Counters.DatagramsReceived, handler.ByteCount),
        };
        await host.Loop.RunAsync(() => host.Loop.Loop.Schedule(timer, 1000));

        // As many as the system keeps for the port, which is more than two shares of a turn.
        Action goOn = await host.Loop.StandStillAsync();
        peer.SendDatagram(Handmade.Push(Conv, 1, "bcd"u8));
        for (int i = 0; i < 2000; i++)
        {
            peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        }

        host.Loop.Time.Advance(TimeSpan.FromSeconds(30));
        goOn();
        await timer.UntilAsync(() => timer.Fired.Count == 1);
        await host.FenceAsync();
        long fence = 1;
        Assert.Equal(await host.Loop.RunAsync(() => host.Loop.Loop.Kcp.Counters.DatagramsReceived) - fence, heardByThen);
        Assert.Equal(4, toldByThen);
    }
}
