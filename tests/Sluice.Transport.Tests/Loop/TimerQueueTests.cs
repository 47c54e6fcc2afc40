using CsCheck;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

/// <summary>The heap against a plain list, under random schedules and cancels of live and stale timers.</summary>
public class TimerQueueTests
{
    private static readonly Target Any = new();

    [Fact]
    public void Behaves_as_a_plain_list_does()
    {
        Gen<(int Verb, int Value)> step = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 50], (verb, value) => (verb, value));
        step.List[0, 300].Sample(steps =>
        {
            var queue = new TimerQueue();
            var model = new Dictionary<int, long>();
            var issued = new List<TimerId>();
            long now = 0;
            foreach ((int verb, int value) in steps)
            {
                switch (verb)
                {
                    case < 5:
                        model.Add(issued.Count, now + value);
                        issued.Add(queue.Schedule(Any, now + value, kind: issued.Count));
                        break;
                    case < 8 when issued.Count > 0:
                        int victim = value * 7919 % issued.Count;
                        Assert.Equal(model.Remove(victim), queue.Cancel(issued[victim]));
                        break;
                    default:
                        now += value / 4;
                        TakeAllDue(queue, model, now);
                        break;
                }

                Assert.Equal(model.Count, queue.Count);
                Assert.Equal(model.Count == 0 ? long.MaxValue : model.Values.Min(), queue.NextDue);
            }

            TakeAllDue(queue, model, long.MaxValue);
            Assert.Empty(model);
            Assert.Equal(0, queue.Count);
        });
    }

    [Fact]
    public void Many_timers_come_out_in_order()
    {
        var random = new Random(7);
        var queue = new TimerQueue();
        for (int i = 0; i < 100_000; i++)
        {
            int due = random.Next(1_000_000);
            queue.Schedule(Any, due, kind: due);
        }

        int last = -1;
        while (queue.TryTakeDue(long.MaxValue, out _, out int due))
        {
            Assert.True(due >= last);
            last = due;
        }

        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void A_timer_that_is_not_due_stays()
    {
        var queue = new TimerQueue();
        queue.Schedule(Any, due: 10, kind: 3);
        Assert.False(queue.TryTakeDue(9, out _, out _));
        Assert.True(queue.TryTakeDue(10, out ITimerTarget target, out int kind));
        Assert.Same(Any, target);
        Assert.Equal(3, kind);
    }

    [Fact]
    public void An_id_that_has_fired_does_not_cancel_the_timer_that_took_its_place()
    {
        var queue = new TimerQueue();
        TimerId fired = queue.Schedule(Any, 1, 0);
        Assert.True(queue.TryTakeDue(1, out _, out _));
        queue.Schedule(Any, 2, 0);
        Assert.False(queue.Cancel(fired));
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void Cancelling_twice_or_nothing_does_nothing()
    {
        var queue = new TimerQueue();
        TimerId id = queue.Schedule(Any, 1, 0);
        Assert.False(queue.Cancel(default));
        Assert.True(queue.Cancel(id));
        Assert.False(queue.Cancel(id));
        Assert.False(new TimerQueue().Cancel(id));
    }

    [Fact]
    public void Allocates_nothing_once_it_has_grown()
    {
        var queue = new TimerQueue();
        var ids = new TimerId[1000];
        Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            Round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round()
        {
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = queue.Schedule(Any, (i * 7919) % 1000, i);
            }

            for (int i = 0; i < ids.Length; i += 2)
            {
                queue.Cancel(ids[i]);
            }

            while (queue.TryTakeDue(1000, out _, out _))
            {
            }
        }
    }

    private static void TakeAllDue(TimerQueue queue, Dictionary<int, long> model, long now)
    {
        while (queue.TryTakeDue(now, out _, out int kind))
        {
            Assert.True(model.Remove(kind, out long due));
            Assert.True(due <= now);
            Assert.True(model.Values.All(other => other >= due));
        }

        Assert.DoesNotContain(model.Values, due => due <= now);
    }

    private sealed class Target : ITimerTarget
    {
        public void TimerDue(int kind)
        {
        }
    }
}
