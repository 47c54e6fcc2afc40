using Sluice.Testing.Loops;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Loop;

[Collection(nameof(Alone))]
public class EventLoopDisposeTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public void Posts_that_race_with_the_end_do_no_harm(PollerKind poller)
    {
        for (int round = 0; round < 50; round++)
        {
            var loop = EventLoopFactory.Create(new EventLoopOptions { Poller = poller });
            loop.Start();
            int run = 0;
            using var started = new CountdownEvent(3);
            bool stop = false;
            Thread[] posters = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                started.Signal();
                while (!Volatile.Read(ref stop))
                {
                    loop.Post(_ => run++);
                    loop.Wake();
                }
            }))];
            Array.ForEach(posters, poster => poster.Start());
            Assert.True(started.Wait(Observed.HungAfter));
            loop.Dispose();
            int atEnd = run;
            loop.Post(_ => run++);
            loop.Wake();
            loop.Dispose();
            Volatile.Write(ref stop, true);
            Array.ForEach(posters, poster => poster.Join());
            Assert.Equal(atEnd, run);
        }
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public void No_descriptor_leaks(PollerKind poller)
    {
        Round();
        int before = Alone.SettledDescriptors();
        for (int i = 0; i < 20; i++)
        {
            Round();
        }

        Alone.HoldsDescriptors(before);

        void Round()
        {
            using var loop = EventLoopFactory.Create(new EventLoopOptions { Poller = poller });
            loop.Start();
            loop.Post(_ => { });
        }
    }

    [Fact]
    public void A_loop_that_never_ran_can_be_disposed() => EventLoopFactory.Create().Dispose();

    [Theory]
    [MemberData(nameof(AllPollers))]
    public void A_loop_can_end_itself(PollerKind poller)
    {
        var log = new ListLogger();
        var loop = EventLoopFactory.Create(new EventLoopOptions { Poller = poller }, log);
        loop.Start();
        using var done = new ManualResetEventSlim();
        loop.Post(_ =>
        {
            loop.Dispose();
            done.Set();
        });
        Assert.True(done.Wait(Observed.HungAfter));
        Assert.Empty(log.Lines);
    }
}
