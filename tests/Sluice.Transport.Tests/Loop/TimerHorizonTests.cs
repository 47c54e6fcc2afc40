using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

/// <summary>
/// Up to which time timers fire, by what the clock and the wait say. Every turn is a wait from one reading of the clock to the next.
/// </summary>
public class TimerHorizonTests
{
    private readonly TimerHorizon _horizon = new(now: 1000);

    [Fact]
    public void A_wait_that_runs_out_reaches_the_time_it_waited_for() =>
        Assert.Equal(1040, Turn(before: 1000, timeout: 40, after: 1041, ready: 0));

    [Fact]
    public void A_wait_that_ends_early_reaches_no_later_than_the_clock() =>
        Assert.Equal(1010, Turn(before: 1000, timeout: 40, after: 1010, ready: 0));

    [Fact]
    public void A_wait_that_finds_events_reaches_the_time_before_it() =>
        Assert.Equal(1000, Turn(before: 1000, timeout: 40, after: 1041, ready: 1));

    [Fact]
    public void A_signal_says_nothing_about_the_sockets_however_short_it_took() =>
        Assert.Equal(1000, Turn(before: 1000, timeout: 40, after: 1041, ready: IPoller.Interrupted));

    [Fact]
    public void After_a_jump_in_the_wait_the_sockets_are_looked_at_before_the_timers()
    {
        Assert.Equal(1000, Turn(before: 1000, timeout: 40, after: 31_000, ready: IPoller.Interrupted));
        Assert.Equal(31_000, Turn(before: 31_000, timeout: 0, after: 31_000, ready: 5));
    }

    [Fact]
    public void A_wait_that_jumps_and_claims_to_have_timed_out_is_not_trusted()
    {
        Assert.Equal(1000, Turn(before: 1000, timeout: 40, after: 31_000, ready: 0));
        Assert.Equal(31_000, Turn(before: 31_000, timeout: 0, after: 31_000, ready: 5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_jump_timers_wait_until_the_backlog_is_gone(bool inTheWait)
    {
        if (inTheWait)
        {
            Assert.Equal(1000, Turn(before: 1000, timeout: 40, after: 31_000, ready: IPoller.Interrupted));
        }
        else
        {
            Assert.Equal(1000, Turn(before: 1000, timeout: 40, after: 1001, ready: 1));
        }

        for (int turn = 0; turn < 20; turn++)
        {
            Assert.Equal(1000, Turn(before: 31_000 + turn, timeout: 0, after: 31_001 + turn, ready: 256, hasBacklog: true));
        }

        Assert.Equal(31_020, Turn(before: 31_020, timeout: 0, after: 31_021, ready: 3));

        // From here on a backlog is everyday overload again, which timers need not wait for.
        Assert.Equal(31_022, Turn(before: 31_022, timeout: 0, after: 31_023, ready: 256, hasBacklog: true));
    }

    [Fact]
    public void A_backlog_without_end_holds_timers_for_a_bounded_number_of_turns()
    {
        Turn(before: 1000, timeout: 0, after: 1000, ready: 1);
        int held = 0;
        while (Turn(before: 31_000, timeout: 0, after: 31_000, ready: 256, hasBacklog: true) == 1000)
        {
            held++;
        }

        Assert.Equal(TimerHorizon.MaxHeldTurns, held);
    }

    [Fact]
    public void A_long_sleep_as_planned_is_no_jump() =>
        Assert.Equal(3_601_000, Turn(before: 1000, timeout: 3_600_000, after: 3_601_000, ready: 0, hasBacklog: true));

    private long Turn(long before, int timeout, long after, int ready, bool hasBacklog = false)
    {
        _horizon.BeforeWait(before);
        _horizon.AfterWait(after, timeout, ready);
        return _horizon.Reach(hasBacklog);
    }
}
