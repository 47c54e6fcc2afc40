using Sluice.Testing.Loops;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Loop;

/// <summary>Timers as the loop fires them, in virtual time.</summary>
public class EventLoopTimerTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Fires_at_its_time_and_not_before(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var timer = new RecordingTimer();
        await loop.RunAsync(() => loop.Loop.Schedule(timer, 1000, kind: 5));
        await loop.AdvanceAsync(999);
        Assert.Empty(timer.Fired);
        await loop.AdvanceAsync(1);
        Assert.Equal([5], timer.Fired);
        await loop.AdvanceAsync(100_000);
        Assert.Equal([5], timer.Fired);
    }

    [Fact]
    public async Task Fires_in_order_of_due_time_though_all_are_late()
    {
        using var loop = new TestLoop();
        var timer = new RecordingTimer();
        await loop.RunAsync(() =>
        {
            foreach (int due in (int[])[300, 100, 200, 500, 400])
            {
                loop.Loop.Schedule(timer, due, kind: due);
            }
        });
        await loop.AdvanceAsync(1000);
        Assert.Equal([100, 200, 300, 400, 500], timer.Fired);
    }

    [Fact]
    public async Task Does_not_fire_once_cancelled_even_by_another_timer_of_the_same_turn()
    {
        using var loop = new TestLoop();
        var timer = new RecordingTimer();
        await loop.RunAsync(() =>
        {
            TimerId second = default;
            timer.OnDue = kind => loop.Loop.Cancel(second);
            loop.Loop.Schedule(timer, 10, kind: 1);
            second = loop.Loop.Schedule(timer, 20, kind: 2);
        });
        await loop.AdvanceAsync(1000);
        Assert.Equal([1], timer.Fired);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public async Task A_timer_that_reschedules_itself_without_delay_starves_no_other(long delay)
    {
        using var loop = new TestLoop();
        var timer = new RecordingTimer();
        await loop.RunAsync(() =>
        {
            timer.OnDue = _ => loop.Loop.Schedule(timer, delay);
            loop.Loop.Schedule(timer, delay);
        });
        await loop.AdvanceAsync(1);
        await loop.AdvanceAsync(1);
        await loop.AdvanceAsync(1);
        Assert.Equal(3, timer.Fired.Count);
    }

    [Fact]
    public async Task A_fault_in_one_is_logged_and_the_others_fire()
    {
        using var loop = new TestLoop();
        var timer = new RecordingTimer { OnDue = kind => throw new FormatException() };
        await loop.RunAsync(() =>
        {
            loop.Loop.Schedule(timer, 10, kind: 1);
            loop.Loop.Schedule(timer, 20, kind: 2);
        });
        await loop.AdvanceAsync(20);
        Assert.Equal([1, 2], timer.Fired);
        Assert.Equal([100, 100], loop.Log.Lines.Select(line => line.Id));
        Assert.All(loop.Log.Lines, line => Assert.IsType<FormatException>(line.Fault));
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task The_loop_wakes_by_itself_when_one_is_due(PollerKind poller)
    {
        using var loop = EventLoopFactory.Create(new EventLoopOptions { Poller = poller });
        loop.Start();
        var timer = new RecordingTimer();
        await loop.InvokeAsync(() => loop.Schedule(timer, 5));
        await timer.UntilAsync(() => timer.Fired.Count == 1);
    }

    [Fact]
    public async Task A_turn_that_outlasts_a_timer_does_not_delay_it_by_another_full_wait()
    {
        using var loop = new TestLoop();
        var timer = new RecordingTimer();
        await loop.RunAsync(() =>
        {
            // The turn takes two hours: a wait reckoned from its start would sleep through the one that is left.
            loop.Loop.Schedule(timer, 3_600_000);
            loop.Time.Advance(TimeSpan.FromHours(2));
        });
        await timer.UntilAsync(() => timer.Fired.Count == 1);
    }

    [Fact]
    public async Task A_far_one_does_not_overflow_the_wait()
    {
        using var loop = new TestLoop();
        var timer = new RecordingTimer();
        await loop.RunAsync(() => loop.Loop.Schedule(timer, 10_000_000_000L));
        await loop.AdvanceAsync(9_999_999_999L);
        Assert.Empty(timer.Fired);
        await loop.AdvanceAsync(1);
        Assert.Single(timer.Fired);
    }
}
