using Sluice.Kcp.Simulation;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>
/// Every byte arrives once and in order, whatever the link and the settings. A failure names its seed, and the seed repeats it.
/// </summary>
public class DeliveryTests
{
    private static readonly KcpFec[] Fec = [KcpFec.None, KcpFec.Fixed(10, 3), KcpFec.Fixed(2, 2), KcpFec.Fixed(30, 15), KcpFec.Fixed(1, 1)];

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("SLUICE_KCP_SEEDS"), out int seeds) ? seeds : 1500;

    [Fact]
    public void Everything_is_delivered_on_any_link_with_any_settings()
    {
        Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            try
            {
                RunSeed((ulong)seed);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(30)]
    public void Fec_is_used_both_ways_in_the_shape_of_the_initiator(int lossPercent)
    {
        var link = new LinkConditions { Loss = lossPercent / 100.0, Delay = 40 };
        KcpOptions Turbo(KcpFec fec) =>
            new()
            {
                NoDelay = true,
                Interval = 10,
                FastResend = 2,
                NoCongestionWindow = true,
                SendWindow = 256,
                ReceiveWindow = 256,
                StreamMode = true,
                Fec = fec,
            };
        using var with = new KcpSimulation(Turbo(KcpFec.Fixed(10, 3)), Turbo(KcpFec.Mirror), link, link, 7);
        new Transfer(7, 300_000, 300_000, false).Run(with);
        using var without = new KcpSimulation(Turbo(KcpFec.None), Turbo(KcpFec.Mirror), link, link, 7);
        new Transfer(7, 300_000, 300_000, false).Run(without);
        Assert.Equal((10, 3), with.Near.Session.PeerFec);
        Assert.Equal((10, 3), with.Far.Session.PeerFec);
        Assert.Equal(0, without.Context.Counters.ParityReceived);
        Assert.Equal(lossPercent > 0, with.Context.Counters.FecRecovered > 0);
        Assert.Equal(0, with.Context.Counters.FecErrors);
    }

    private static void RunSeed(ulong seed)
    {
        var random = new SimulationRandom(seed);
        LinkConditions Link() => new()
        {
            Loss = random.Happens(0.2) ? 0 : random.Next(31) / 100.0,
            Duplication = random.Happens(0.5) ? 0 : random.Next(10) / 100.0,
            Reordering = random.Happens(0.5) ? 0 : random.Next(20) / 100.0,
            ReorderDelay = random.Next(100),
            Delay = random.Next(150),
            Jitter = random.Happens(0.5) ? 0 : random.Next(60),
            Rate = random.Happens(0.7) ? 0 : 20_000 + random.Next(1_000_000),
        };
        KcpOptions Options(KcpFec fec) => new()
        {
            Mtu = random.Happens(0.5) ? 1400 : 100 + random.Next(1400),
            NoDelay = random.Happens(0.5),
            Interval = 10 + random.Next(91),
            FastResend = random.Next(4),
            NoCongestionWindow = random.Happens(0.5),
            SendWindow = 1 + random.Next(random.Happens(0.5) ? 32 : 512),
            ReceiveWindow = 4 + random.Next(random.Happens(0.5) ? 32 : 512),
            SendQueueLimit = 64,
            StreamMode = random.Happens(0.5),
            AckNoDelay = random.Happens(0.3),
            Bundling = random.Happens(0.5),
            DeadLink = 1000,
            Fec = fec,
        };
        KcpFec shape = random.Happens(0.2) ? KcpFec.Fixed(1 + random.Next(60), 1 + random.Next(30)) : Fec[random.Next(Fec.Length)];
        KcpFec answer = random.Happens(0.8) ? KcpFec.Mirror : Fec[random.Next(Fec.Length)];

        // A server of the gateway's kind, which the other side has to prove itself to.
        bool proves = random.Happens(0.5);

        // A clock that starts just below 2^32, and numbers that do too.
        long start = random.Happens(0.5) ? 0 : uint.MaxValue - random.Next(3000);
        using var simulation = new KcpSimulation(
            Options(shape), Options(answer) with { RequireProof = proves }, Link(), Link(), seed, start);
        if (random.Happens(0.5))
        {
            uint near = uint.MaxValue - (uint)random.Next(20);
            uint far = uint.MaxValue - (uint)random.Next(20);
            simulation.Near.Session.StartAt(near, far);
            simulation.Far.Session.StartAt(far, near);
        }

        var transfer = new Transfer(seed, 1 + random.Next(40_000), random.Next(40_000), random.Happens(0.3))
        {
            Challenges = random.Happens(0.3),
        };
        transfer.Run(simulation);
        Assert.Equal(0, simulation.Context.Counters.FecErrors);
        Assert.Equal(0, simulation.Context.Counters.DatagramsRejected);
        simulation.Dispose();
        Assert.Equal(0, simulation.Context.Buffers.Outstanding);
    }
}
