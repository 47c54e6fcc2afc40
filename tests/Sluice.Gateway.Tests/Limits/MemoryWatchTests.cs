using Sluice.Gateway.Limits;
using Sluice.Testing.Loops;

namespace Sluice.Gateway.Tests.Limits;

public class MemoryWatchTests
{
    [Fact]
    public void Above_the_bound_no_session_begins_until_memory_is_given_back()
    {
        var time = new CountingTime();
        var log = new ListLogger();
        long bytes = 1_000;
        int collected = 0;
        using var watch = new MemoryWatch(1_000, time, log, () => bytes, () => collected++);
        var count = new SessionLimits(new LimitOptions(), loops: 1, watch);
        Assert.True(count.TryEnter(default, 0));

        bytes = 1_001;
        Assert.True(count.TryEnter(default, 0));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(count.TryEnter(default, 0));
        Assert.Equal(1, collected);
        Assert.Equal(1, log.Count(27));

        for (int i = 0; i < 59; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, collected);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, collected);

        bytes = 999;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(count.TryEnter(default, 0));
        Assert.Equal((1, 1), (log.Count(27), log.Count(28)));
    }

    [Fact]
    public void What_is_measured_by_default_is_this_process()
    {
        using var enough = new MemoryWatch(1L << 50, TimeProvider.System, new ListLogger());
        Assert.False(enough.IsShort);
        using var little = new MemoryWatch(1, TimeProvider.System, new ListLogger(), collect: () => { });
        Assert.True(little.IsShort);
    }
}
