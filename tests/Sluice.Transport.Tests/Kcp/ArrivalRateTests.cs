using Sluice.Transport.Kcp;

namespace Sluice.Transport.Tests.Kcp;

public class ArrivalRateTests
{
    [Theory]
    [InlineData(1, 7, false)]
    [InlineData(1, 9, true)]
    [InlineData(5, 35, false)]
    [InlineData(5, 45, true)]
    [InlineData(50, 350, false)]
    [InlineData(50, 450, true)]
    public void More_than_eight_a_millisecond_are_many_however_they_are_spread_over_turns(int everyMs, int count, bool many)
    {
        var rate = new ArrivalRate();
        for (long now = 1000; now < 2000; now += everyMs)
        {
            rate.Add(count - 1, now);
            rate.Add(1, now);
        }

        Assert.Equal(many, rate.AreMany);
    }

    [Fact]
    public void A_burst_does_not_make_a_quiet_loop_busy_and_silence_makes_a_busy_one_quiet()
    {
        var rate = new ArrivalRate();
        rate.Add(1, 1000);
        rate.Add(50, 2000);
        rate.Add(1, 2001);
        Assert.False(rate.AreMany);
        for (long now = 3000; now < 3100; now++)
        {
            rate.Add(20, now);
        }

        Assert.True(rate.AreMany);
        rate.Add(1, 4000);
        Assert.False(rate.AreMany);
    }
}
