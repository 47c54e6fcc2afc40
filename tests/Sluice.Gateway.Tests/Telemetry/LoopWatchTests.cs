using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway.Telemetry;
using Sluice.Testing.Loops;

namespace Sluice.Gateway.Tests.Telemetry;

public class LoopWatchTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_loop_that_misses_five_looks_is_named_once_and_again_when_it_turns()
    {
        using var one = new TestLoop();
        using var other = new TestLoop();
        var time = new FakeTimeProvider();
        var log = new ListLogger();
        using var watch = new LoopWatch([one.Loop, other.Loop], log, time);
        Action goesOn = await one.StandStillAsync();
        for (int look = 0; look < LoopWatch.StuckLooks; look++)
        {
            Assert.Empty(watch.Stuck);
            time.Advance(Second);
            await other.SettleAsync();
        }

        Assert.Empty(watch.Stuck);
        time.Advance(Second);
        await other.SettleAsync();
        Assert.Equal([one.Loop.Name], watch.Stuck);
        time.Advance(Second);
        Assert.Equal(1, log.Count(34));

        goesOn();
        await one.SettleAsync();
        time.Advance(Second);
        Assert.Empty(watch.Stuck);
        Assert.Equal(1, log.Count(35));
    }

    [Fact]
    public async Task A_process_that_was_suspended_has_no_stuck_loop()
    {
        using var loop = new TestLoop();
        var time = new FakeTimeProvider();
        using var watch = new LoopWatch([loop.Loop], new ListLogger(), time);
        time.Advance(Second);
        Action goesOn = await loop.StandStillAsync();

        // As a timer fires after a suspension: once, however long that took.
        time.Advance(Second);
        Assert.Empty(watch.Stuck);
        goesOn();
        await loop.SettleAsync();
        time.Advance(Second);
        Assert.Empty(watch.Stuck);
    }
}
