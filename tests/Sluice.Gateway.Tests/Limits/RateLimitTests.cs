using Sluice.Gateway.Limits;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Limits;

public class RateLimitTests
{
    [Fact]
    public void A_seconds_worth_comes_at_once_and_then_one_each_nth_of_a_second()
    {
        var limit = new RateLimit(4);
        NetworkAddress network = IPv4(1);
        Assert.All(Enumerable.Range(0, 4), _ => Assert.True(limit.TryTake(network, 1_000)));
        Assert.False(limit.HasRoom(network, 1_000));
        Assert.False(limit.TryTake(network, 1_000));
        Assert.False(limit.TryTake(network, 1_249));
        Assert.True(limit.HasRoom(network, 1_250));
        Assert.True(limit.TryTake(network, 1_250));
        Assert.False(limit.TryTake(network, 1_250));
        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => limit.TryTake(network, 9_000)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Over_time_no_more_pass_than_the_rate_and_its_burst_however_they_come(int perSecond)
    {
        const int Seed = 77;
        const int Seconds = 60;
        var random = new Random(Seed);
        var limit = new RateLimit(perSecond);
        int passed = 0;
        for (long now = 5_000; now < 5_000 + (Seconds * 1000); now += random.Next(0, 4))
        {
            passed += limit.TryTake(IPv4(1), now) ? 1 : 0;
        }

        Assert.InRange(passed, 0, (Seconds + 1) * perSecond);
        Assert.True(passed >= Math.Min(Seconds * perSecond * 9 / 10, 15_000), $"seed {Seed}: only {passed} passed");
    }

    [Fact]
    public void One_network_takes_nothing_from_another()
    {
        var limit = new RateLimit(1);
        Assert.True(limit.TryTake(IPv4(1), 0));
        Assert.False(limit.TryTake(IPv4(1), 0));
        Assert.All(Enumerable.Range(2, 1_000), host => Assert.True(limit.TryTake(IPv4(host), 0)));
    }

    /// <summary>An attacker with more networks than the table has places: he never keeps a newcomer out.</summary>
    [Fact]
    public void A_flood_from_everywhere_locks_nobody_out_and_the_heaviest_stay_known()
    {
        var limit = new RateLimit(100);
        NetworkAddress heavy = IPv4(1);
        Assert.Equal(100, Enumerable.Range(0, 1_000).Count(_ => limit.TryTake(heavy, 0)));
        for (int i = 0; i < 4 * RateLimit.Places; i++)
        {
            Assert.True(limit.TryTake(IPv6(i), 0));
        }

        Assert.False(limit.TryTake(heavy, 0));
        Assert.True(limit.TryTake(IPv4(2), 0));
        Assert.True(limit.TryTake(heavy, 10));
    }

    [Fact]
    public void The_table_stays_as_it_is_whoever_comes()
    {
        var limit = new RateLimit(1);
        int come = 0;

        // First without counting: what the runtime compiles anew meanwhile may allocate on this thread.
        Flood();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Flood();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);

        void Flood()
        {
            for (int end = come + (3 * RateLimit.Places); come < end; come++)
            {
                limit.TryTake(IPv6(come), come);
            }
        }
    }

    [Fact]
    public void Loops_share_one_limit()
    {
        var limit = new RateLimit(1000);
        Assert.Equal(1000, Enumerable.Range(0, 8_000).AsParallel().Count(_ => limit.TryTake(IPv4(1), 0)));
    }

    private static NetworkAddress IPv4(int host) => NetworkAddress.FromBytes([10, 0, (byte)(host >> 8), (byte)host], port: 0);

    private static NetworkAddress IPv6(int network)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        (bytes[0], bytes[1]) = (0x20, 0x01);
        (bytes[4], bytes[5], bytes[6], bytes[7]) = ((byte)(network >> 24), (byte)(network >> 16), (byte)(network >> 8), (byte)network);
        return NetworkAddress.FromBytes(bytes, port: 0);
    }
}
