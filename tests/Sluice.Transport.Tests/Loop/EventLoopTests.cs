using Sluice.Testing.Loops;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Loop;

public class EventLoopTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Runs_what_many_threads_post_on_its_own_thread_and_in_each_thread_s_order(PollerKind poller)
    {
        const int Threads = 4;
        const int Each = 5_000;
        using var loop = new TestLoop(poller);
        int[] last = new int[Threads];
        int wrong = 0;
        int run = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread[] posters = [.. Enumerable.Range(0, Threads).Select(poster => new Thread(() =>
        {
            for (int i = 1; i <= Each; i++)
            {
                int number = i;
                loop.Loop.Post(_ =>
                {
                    wrong += loop.Loop.IsCurrent && EventLoop.Current == loop.Loop && ++last[poster] == number ? 0 : 1;
                    if (++run == Threads * Each)
                    {
                        all.SetResult();
                    }
                });
            }
        }))];
        Array.ForEach(posters, poster => poster.Start());
        await all.Task.WaitAsync(Observed.HungAfter);
        Assert.Equal(0, wrong);
        Assert.Null(EventLoop.Current);
        Array.ForEach(posters, poster => poster.Join());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_post_wakes_a_loop_that_sleeps(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        for (int i = 0; i < 1000; i++)
        {
            // Each round finds the loop on its way to sleep, at another point of it.
            Assert.Equal(i, await loop.RunAsync(() => i));
        }
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task An_await_resumes_on_its_loop(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var other = new TestLoop(poller);
        bool[] resumedHere = await loop.StartAsync(async () =>
        {
            var seen = new List<bool>();
            await Task.Yield();
            seen.Add(loop.Loop.IsCurrent);
            await Task.Run(() => 0);
            seen.Add(loop.Loop.IsCurrent);
            await other.Loop.InvokeAsync(() => 0);
            seen.Add(loop.Loop.IsCurrent);
            await Assert.ThrowsAsync<TimeoutException>(() => Task.FromException(new TimeoutException()));
            seen.Add(loop.Loop.IsCurrent);
            return seen.ToArray();
        });
        Assert.Equal([true, true, true, true], resumedHere);
    }

    [Fact]
    public async Task A_delay_by_the_clock_given_resumes_on_the_loop()
    {
        using var loop = new TestLoop();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<bool> onLoop = loop.StartAsync(async () =>
        {
            Task delay = Task.Delay(TimeSpan.FromHours(1), loop.Time);
            begun.SetResult();
            await delay;
            return loop.Loop.IsCurrent;
        });
        await begun.Task.WaitAsync(Observed.HungAfter);
        await loop.AdvanceAsync(3_600_000);
        Assert.True(await onLoop);
    }

    [Fact]
    public async Task Invoke_brings_the_fault_to_its_caller_and_not_to_the_log()
    {
        using var loop = new TestLoop();
        await Assert.ThrowsAsync<FormatException>(() => loop.RunAsync<int>(() => throw new FormatException()));
        Assert.Empty(loop.Log.Lines);
        Assert.Equal(1, await loop.RunAsync(() => 1));
    }

    [Fact]
    public async Task Waiting_for_a_loop_from_outside_throws_instead_of_deadlocking()
    {
        using var loop = new TestLoop();
        SynchronizationContext context = await loop.RunAsync(() => SynchronizationContext.Current!);
        Assert.Throws<NotSupportedException>(() => context.Send(_ => { }, null));
        bool ran = false;
        await loop.RunAsync(() => context.Send(_ => ran = true, null));
        Assert.True(ran);
        Assert.Same(context, context.CreateCopy());
    }

    [Fact]
    public async Task A_fault_in_posted_work_is_logged_and_the_loop_continues()
    {
        using var loop = new TestLoop();
        loop.Loop.Post(_ => throw new FormatException());
        loop.Loop.Post(_ => throw new InvalidOperationException());
        Assert.Equal(1, await loop.RunAsync(() => 1));
        Assert.Equal([101, 101], loop.Log.Lines.Select(line => line.Id));
        Assert.IsType<FormatException>(loop.Log.Lines[0].Fault);
    }

    [Fact]
    public async Task A_fault_of_an_async_method_is_logged_and_the_loop_continues()
    {
        using var loop = new TestLoop();
        await loop.RunAsync(() =>
        {
            Fail();

#pragma warning disable VSTHRD100, MA0155 // What is tested is just such a mistake.
            static async void Fail()
            {
                await Task.Yield();
                throw new FormatException();
            }
#pragma warning restore VSTHRD100, MA0155
        });
        await loop.Log.UntilAsync(() => loop.Log.Count(101) == 1);
        Assert.Equal(1, await loop.RunAsync(() => 1));
    }

    [Fact]
    public async Task The_clock_stands_still_within_a_turn()
    {
        using var loop = new TestLoop();
        (long before, long after) = await loop.RunAsync(() =>
        {
            long start = loop.Loop.Now;
            loop.Time.Advance(TimeSpan.FromSeconds(1));
            return (start, loop.Loop.Now);
        });
        Assert.Equal(before, after);
        await loop.SettleAsync();
        Assert.Equal(before + 1000, await loop.RunAsync(() => loop.Loop.Now));
    }

    /// <summary>
    /// A target that keeps no account of what it asked for, as one under overload: it is ready in each turn, and asks in each call.
    /// </summary>
    [Fact]
    public async Task A_target_that_asks_again_and_again_is_called_once_a_turn()
    {
        using var loop = new TestLoop();
        var target = new GreedyTarget();
        target.OnReady = () =>
        {
            loop.Loop.RunAgain(target);
            loop.Loop.RunAgain(target);
        };
        var perTurn = new List<int>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SendOrPostCallback turn = null!;
        turn = _ =>
        {
            perTurn.Add(target.Calls);
            target.Calls = 0;
            if (perTurn.Count == 20)
            {
                target.OnReady = () => { };
                done.SetResult();
                return;
            }

            loop.Loop.RunAgain(target);
            loop.Loop.Post(turn);
        };
        loop.Loop.Post(turn);
        await done.Task.WaitAsync(Observed.HungAfter);
        Assert.Equal([0, .. Enumerable.Repeat(1, 19)], perTurn);
    }

    [Fact]
    public async Task A_fault_at_the_end_of_a_turn_is_logged_and_ends_neither_the_loop_nor_the_other_ends()
    {
        using var loop = new TestLoop();
        var faulty = new GreedyTarget { OnEndTurn = () => throw new FormatException() };
        var sound = new GreedyTarget();
        await loop.RunAsync(() =>
        {
            loop.Loop.AtTurnEnd(faulty);
            loop.Loop.AtTurnEnd(sound);
            loop.Loop.AtTurnEnd(sound);
        });
        await loop.SettleAsync();
        Assert.IsType<FormatException>(Assert.Single(faulty.Faults));
        Assert.Equal(1, sound.TurnsEnded);
        Assert.IsType<FormatException>(Assert.Single(loop.Log.Lines).Fault);
    }

    [Fact]
    public async Task A_target_whose_own_end_faults_too_harms_no_other()
    {
        using var loop = new TestLoop();
        var faulty = new GreedyTarget
        {
            OnReady = () => throw new FormatException(),
            OnDue = () => throw new FormatException(),
            OnEndTurn = () => throw new FormatException(),
            OnFaulted = () => throw new InvalidOperationException(),
        };
        await loop.RunAsync(() =>
        {
            loop.Loop.RunAgain(faulty);
            loop.Loop.AtTurnEnd(faulty);
            loop.Loop.Schedule(faulty, 1);
        });
        await loop.AdvanceAsync(1);
        Assert.Equal(1, await loop.RunAsync(() => 1));
        Assert.Equal(3, faulty.Faults.Count);
        Assert.Equal(3, loop.Log.Lines.Count(line => line.Fault is FormatException));
        Assert.Equal(3, loop.Log.Lines.Count(line => line.Fault is InvalidOperationException));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData((1024 * 1024) + 1)]
    public void A_scratch_buffer_of_a_useless_size_is_rejected(int bytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EventLoopFactory.Create(new EventLoopOptions { ScratchBytes = bytes }));

    [Fact]
    public async Task Loop_members_reject_other_threads()
    {
        using var loop = new TestLoop();
        var target = new RecordingTimer();
        Assert.Throws<InvalidOperationException>(() => loop.Loop.Schedule(target, 1));
        Assert.Throws<InvalidOperationException>(() => loop.Loop.Cancel(default));
        Assert.Throws<InvalidOperationException>(() => loop.Loop.AllocatedBytes);
        Assert.True(await loop.RunAsync(() => loop.Loop.AllocatedBytes) > 0);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_turn_with_posts_and_timers_allocates_nothing_of_its_own(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var timer = new RecordingTimer();
        int turns = 0;
        long atStart = 0;
        SendOrPostCallback again = null!;
        again = _ =>
        {
            loop.Loop.Cancel(loop.Loop.Schedule(timer, 1000));
            turns++;
            if (turns == 1000)
            {
                atStart = loop.Loop.AllocatedBytes;
            }

            if (turns == 11_000)
            {
                done.SetResult(loop.Loop.AllocatedBytes - atStart);
                return;
            }

            loop.Loop.Post(again);
        };
        loop.Loop.Post(again);
        Assert.Equal(0, await done.Task.WaitAsync(Observed.HungAfter));
    }

    private sealed class GreedyTarget : IPollTarget, ITurnEnd, ITimerTarget
    {
        public Action OnReady { get; set; } = () => { };

        public Action OnDue { get; init; } = () => { };

        public Action OnEndTurn { get; init; } = () => { };

        public Action OnFaulted { get; init; } = () => { };

        public int Calls { get; set; }

        public int TurnsEnded { get; private set; }

        public List<Exception> Faults { get; } = [];

        public void Ready(PollEvents events)
        {
            Calls++;
            OnReady();
        }

        public void Faulted(Exception fault)
        {
            Faults.Add(fault);
            OnFaulted();
        }

        public void EndTurn()
        {
            TurnsEnded++;
            OnEndTurn();
        }

        public void TimerDue(int kind) => OnDue();
    }
}
