using Sluice.Kcp.Simulation;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

public class LinkTests
{
    [Fact]
    public void The_same_seed_gives_the_same_fate()
    {
        var conditions = new LinkConditions { Loss = 0.3, Duplication = 0.2, Reordering = 0.2, Delay = 10, Jitter = 30 };
        Assert.Equal(Trace(conditions, 5), Trace(conditions, 5));
        Assert.NotEqual(Trace(conditions, 5), Trace(conditions, 6));
    }

    [Fact]
    public void Loss_is_as_frequent_as_requested()
    {
        var link = new SimulatedLink(new LinkConditions { Loss = 0.15 }, 1);
        for (int i = 0; i < 20_000; i++)
        {
            link.Send([1], 0);
        }

        Assert.InRange(link.Lost, 2800, 3200);
    }

    [Fact]
    public void A_rate_bounds_the_throughput_and_its_queue_the_delay()
    {
        var link = new SimulatedLink(new LinkConditions { Rate = 100_000, MaxQueue = 100, HeaderBytes = 0 }, 1);
        for (int i = 0; i < 100; i++)
        {
            link.Send(new byte[1000], 0);
        }

        int arrived = 0;
        long last = 0;
        while (link.NextArrival != long.MaxValue)
        {
            last = link.NextArrival;
            Assert.True(link.TryReceive(last, out _));
            arrived++;
        }

        Assert.Equal(11, arrived);
        Assert.Equal(110, last);
    }

    [Fact]
    public void An_experiment_shows_the_effect_of_fec()
    {
        EchoReport Measure(KcpFec fec) => new EchoExperiment
        {
            Client =
                new KcpOptions { NoDelay = true, Interval = 10, FastResend = 2, NoCongestionWindow = true, StreamMode = true, Fec = fec },
            Server = new KcpOptions
            {
                NoDelay = true,
                Interval = 10,
                FastResend = 2,
                NoCongestionWindow = true,
                StreamMode = true,
                Fec = KcpFec.Mirror,
            },
            Link = new LinkConditions { Delay = 20, Loss = 0.05 },
            Messages = 2000,
        }.Run();

        EchoReport without = Measure(KcpFec.None);
        EchoReport with = Measure(KcpFec.Fixed(1, 1));
        Assert.Equal(2000, without.Answered);
        Assert.Equal(2000, with.Answered);
        Assert.Equal(40, with.Percentile(50));
        Assert.True(with.Percentile(99) < without.Percentile(99), $"{with} against {without}");
        Assert.True(with.WireBytes > without.WireBytes);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 3)]
    public void An_experiment_shows_the_effect_of_bundling(int dataShards, int parityShards)
    {
        EchoReport Measure(bool bundling, double loss) => new EchoExperiment
        {
            Client = new KcpOptions
            {
                NoDelay = true,
                Interval = 10,
                FastResend = 2,
                NoCongestionWindow = true,
                StreamMode = true,
                Fec = KcpFec.Fixed(dataShards, parityShards),
            },
            Server = new KcpOptions
            {
                NoDelay = true,
                Interval = 10,
                FastResend = 2,
                NoCongestionWindow = true,
                StreamMode = true,
                Fec = KcpFec.Mirror,
                Bundling = bundling,
            },
            Link = new LinkConditions { Delay = 20, Loss = loss },
            Messages = 5000,
        }.Run();

        EchoReport without = Measure(bundling: false, loss: 0.05);
        EchoReport with = Measure(bundling: true, loss: 0.05);
        Assert.Equal((5000, 5000), (without.Answered, with.Answered));
        Assert.True(with.Percentile(99) < without.Percentile(99), $"{with} against {without}");
        Assert.InRange(with.WireBytes, without.WireBytes + 1, without.WireBytes * 3 / 2);
        Assert.Equal(Measure(bundling: false, loss: 0).WireBytes, Measure(bundling: true, loss: 0).WireBytes);
    }

    /// <summary>The stream mode of the settings does not count.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_longer_than_what_a_session_holds_at_once_go_in_pieces(bool stream)
    {
        var options = new KcpOptions
        {
            NoDelay = true,
            Interval = 10,
            FastResend = 2,
            NoCongestionWindow = true,
            StreamMode = stream,
            SendWindow = 4,
            ReceiveWindow = 4,
        };
        EchoReport report = new EchoExperiment
        {
            Client = options,
            Server = options,
            Link = new LinkConditions { Delay = 5, Loss = 0.02 },
            Messages = 5,
            MessageSize = 100_000,
        }.Run();
        Assert.Equal((5, 5), (report.Sent, report.Answered));
    }

    private static string Trace(LinkConditions conditions, ulong seed)
    {
        var link = new SimulatedLink(conditions, seed);
        for (int i = 0; i < 100; i++)
        {
            link.Send([(byte)i], i);
        }

        var trace = new List<string>();
        while (link.NextArrival != long.MaxValue)
        {
            long at = link.NextArrival;
            link.TryReceive(at, out byte[] datagram);
            trace.Add($"{at}:{datagram[0]}");
        }

        return string.Join(' ', trace);
    }
}
