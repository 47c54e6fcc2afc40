using System.Net;
using System.Net.Sockets;
using Sluice.Kcp.Simulation;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

public sealed class UdpLinkTests : IDisposable
{
    private readonly UdpPort _server = new();
    private readonly UdpPort _client = new();

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6, AddressFamily.InterNetworkV6)]
    [InlineData(AddressFamily.InterNetworkV6, AddressFamily.InterNetwork)]
    public void Clients_are_told_apart_by_the_server_and_get_their_own_answers(AddressFamily clients, AddressFamily servers)
    {
        using var server = new UdpPort(servers);
        using var first = new UdpPort(clients);
        using var second = new UdpPort(clients);
        IPAddress loopback = clients == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        using UdpLink link = UdpLink.Start(new UdpLinkOptions { Server = server.EndPoint, Listen = new IPEndPoint(loopback, 0) });

        first.Send("one", link.LocalEndPoint);
        (string word, IPEndPoint firstAtServer) = server.Receive();
        Assert.Equal("one", word);
        second.Send("two", link.LocalEndPoint);
        (word, IPEndPoint secondAtServer) = server.Receive();
        Assert.Equal("two", word);
        Assert.NotEqual(firstAtServer, secondAtServer);

        server.Send("to two", secondAtServer);
        server.Send("to one", firstAtServer);
        Assert.Equal(("to one", link.LocalEndPoint), first.Receive());
        Assert.Equal(("to two", link.LocalEndPoint), second.Receive());
        Assert.Equal(2, link.Clients);
    }

    [Fact]
    public void A_link_for_all_addresses_takes_both_families()
    {
        using UdpLink link = UdpLink.Start(new UdpLinkOptions { Server = _server.EndPoint, Listen = new IPEndPoint(IPAddress.IPv6Any, 0) });
        using var six = new UdpPort(AddressFamily.InterNetworkV6);

        _client.Send("four", new IPEndPoint(IPAddress.Loopback, link.LocalEndPoint.Port));
        (string word, IPEndPoint client) = _server.Receive();
        Assert.Equal("four", word);
        _server.Send("back", client);
        Assert.Equal("back", _client.Receive().Word);
        six.Send("six", new IPEndPoint(IPAddress.IPv6Loopback, link.LocalEndPoint.Port));
        Assert.Equal("six", _server.Receive().Word);
    }

    [Fact]
    public void The_same_seed_gives_the_same_fate_as_the_simulated_link()
    {
        var conditions = new LinkConditions { Loss = 0.3, Duplication = 0.2 };
        var simulated = new SimulatedLink(conditions, seed: 2 * 77);
        var expected = new List<string>();
        for (int i = 0; i < 200; i++)
        {
            simulated.Send([(byte)i], 0);
            while (simulated.TryReceive(0, out byte[] datagram))
            {
                expected.Add($"{datagram[0]}");
            }
        }

        var real = new List<string>();
        using UdpLink link = UdpLink.Start(new UdpLinkOptions { Server = _server.EndPoint, ToServer = conditions, Seed = 77 });
        for (int i = 0; i < 200; i++)
        {
            _client.Send($"{i}", link.LocalEndPoint);
            if (i % 50 == 49)
            {
                // In rounds, so that no socket's buffer runs over.
                int sent = i + 1;
                Await(() => link.ToServer.Sent == sent);
            }
        }

        while (real.Count < expected.Count)
        {
            real.Add(_server.Receive().Word);
        }

        Assert.Equal(expected, real);

        // The last ones of all may be lost.
        Await(() => link.ToServer.Sent == 200);
        Assert.True(simulated.Lost > 0 && simulated.Counts.Duplicated > 0);
        LinkCounts counts = link.ToServer;
        Assert.Equal(
            (
                200,
                simulated.Lost,
                simulated.Counts.Duplicated,
                simulated.Delivered), (counts.Sent, counts.Lost, counts.Duplicated, counts.Delivered));
        Assert.Equal(10 + (90 * 2) + (100 * 3) + (200 * 28), counts.SentBytes);
    }

    [Fact]
    public void Each_direction_has_its_own_conditions()
    {
        using UdpLink link = UdpLink.Start(
            new UdpLinkOptions { Server = _server.EndPoint, ToClients = new LinkConditions { Duplication = 1 } });
        _client.Send("ping", link.LocalEndPoint);
        (_, IPEndPoint client) = _server.Receive();
        _server.Send("pong", client);
        Assert.Equal("pong", _client.Receive().Word);
        Assert.Equal("pong", _client.Receive().Word);
        Assert.Equal((1, 0), (link.ToServer.Delivered, link.ToServer.Duplicated));
        Assert.Equal((2, 1), (link.ToClients.Delivered, link.ToClients.Duplicated));
    }

    [Fact]
    public void A_delayed_datagram_is_overtaken_and_arrives_on_time()
    {
        var clock = new HandClock();
        using UdpLink link = UdpLink.Start(
            new UdpLinkOptions { Server = _server.EndPoint, ToServer = new LinkConditions { Delay = 30 }, Clock = clock });
        _client.Send("slow", link.LocalEndPoint);
        Await(() => link.ToServer.Sent == 1);
        link.SetConditions(LinkConditions.Perfect, LinkConditions.Perfect);
        _client.Send("fast", link.LocalEndPoint);
        Assert.Equal("fast", _server.Receive().Word);
        Assert.Equal(1, link.ToServer.Delivered);

        clock.Advance(30);
        Assert.Equal("slow", _server.Receive().Word);
        Assert.Equal((2, 1), (link.ToServer.Delivered, link.ToServer.Reordered));
    }

    [Fact]
    public void A_full_queue_loses_further_datagrams()
    {
        var slow = new LinkConditions { Rate = 1000, MaxQueue = 50, HeaderBytes = 0 };
        var clock = new HandClock();
        using UdpLink link = UdpLink.Start(new UdpLinkOptions { Server = _server.EndPoint, ToServer = slow, Clock = clock });
        for (int i = 0; i < 10; i++)
        {
            _client.Send(new string('x', 20), link.LocalEndPoint);
        }

        Await(() => link.ToServer.Sent == 10);
        Assert.Equal((7, 0), (link.ToServer.Lost, link.ToServer.Delivered));
        clock.Advance(60);
        Await(() => link.ToServer.Delivered == 3);
    }

    [Fact]
    public void Datagrams_in_transit_are_limited()
    {
        var clock = new HandClock();
        using UdpLink link = UdpLink.Start(new UdpLinkOptions
        {
            Server = _server.EndPoint,
            ToServer = new LinkConditions { Delay = 1000 },
            MaxUnderWay = 3000,
            Clock = clock,
        });
        for (int i = 0; i < 10; i++)
        {
            _client.Send(new string('x', 1000 - 64), link.LocalEndPoint);
        }

        Await(() => link.ToServer.Sent == 10);
        Assert.Equal(7, link.ToServer.Lost);
    }

    [Fact]
    public void A_rebinding_gives_every_client_a_new_port_and_loses_datagrams_to_the_old_one()
    {
        using UdpLink link = UdpLink.Start(new UdpLinkOptions { Server = _server.EndPoint });
        _client.Send("before", link.LocalEndPoint);
        (_, IPEndPoint before) = _server.Receive();

        link.RebindClients();
        _client.Send("after", link.LocalEndPoint);
        (_, IPEndPoint after) = _server.Receive();
        Assert.NotEqual(before.Port, after.Port);
        Assert.Equal(1, link.Rebindings);

        _server.Send("to the old port", before);
        _server.Send("to the new port", after);
        Assert.Equal("to the new port", _client.Receive().Word);
        Assert.Equal(1, link.ToClients.Sent);
    }

    [Fact]
    public void Rebindings_can_be_periodic()
    {
        var clock = new HandClock();
        using UdpLink link = UdpLink.Start(new UdpLinkOptions { Server = _server.EndPoint, RebindInterval = 500, Clock = clock });
        _client.Send("one", link.LocalEndPoint);
        int first = _server.Receive().From.Port;
        clock.Advance(500);
        Await(() => link.Rebindings == 1);
        _client.Send("two", link.LocalEndPoint);
        Assert.NotEqual(first, _server.Receive().From.Port);
    }

    [Fact]
    public void Clients_are_limited_and_idle_ones_make_room()
    {
        var clock = new HandClock();
        using UdpLink link = UdpLink.Start(
            new UdpLinkOptions { Server = _server.EndPoint, MaxClients = 1, IdleTimeout = 1000, Clock = clock });
        using var second = new UdpPort();
        _client.Send("one", link.LocalEndPoint);
        Assert.Equal("one", _server.Receive().Word);
        second.Send("too many", link.LocalEndPoint);
        Await(() => link.Rejected == 1);

        clock.Advance(1000);
        second.Send("now", link.LocalEndPoint);
        Assert.Equal("now", _server.Receive().Word);
        Assert.Equal(1, link.Clients);
    }

    [Fact]
    public void A_server_that_starts_late_is_reached()
    {
        IPEndPoint place = UnusedPlace();

        using UdpLink link = UdpLink.Start(new UdpLinkOptions { Server = place });
        _client.Send("nobody hears", link.LocalEndPoint);
        _client.Send("nobody hears", link.LocalEndPoint);
        Await(() => link.ToServer.Delivered == 2);
        using var server = new UdpPort(place);
        _client.Send("hello", link.LocalEndPoint);

        // On a busy machine even what was sent before may come only now.
        string word;
        while ((word = server.Receive().Word) == "nobody hears")
        {
        }

        Assert.Equal("hello", word);
    }

    [Fact]
    public void Observers_see_lost_datagrams_too()
    {
        int seen = 0;
        using UdpLink link = UdpLink.Start(new UdpLinkOptions
        {
            Server = _server.EndPoint,
            ToServer = new LinkConditions { Loss = 1 },
            FromClient = datagram => seen += datagram.Length,
        });
        _client.Send("lost", link.LocalEndPoint);
        Await(() => link.ToServer.Lost == 1);
        Assert.Equal(4, seen);
    }

    [Theory]
    [InlineData(-0.1, 0)]
    [InlineData(1.1, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 60_001)]
    public void Conditions_out_of_range_are_rejected(double loss, int delay)
    {
        var conditions = new LinkConditions { Loss = loss, Delay = delay };
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatedLink(conditions, 1));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => UdpLink.Start(new UdpLinkOptions { Server = _server.EndPoint, ToClients = conditions }).Dispose());
    }

    /// <summary>
    /// A place that nobody has: below the ports that systems give to those who ask for any, so nobody is given it meanwhile.
    /// </summary>
    private static IPEndPoint UnusedPlace()
    {
        while (true)
        {
            var place = new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(12_000, 30_000));
            try
            {
                using var closed = new UdpPort(place);
                return place;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }

    private static void Await(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, TimeSpan.FromMinutes(1)), "it never came so far");
}
