using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.Udp;

namespace Sluice.Testing.Loops;

/// <summary>A running loop whose clock stands still until the test moves it.</summary>
internal sealed class TestLoop : IDisposable
{
    /// <summary>What one receive brings at most.</summary>
    public const int ScratchBytes = 16 * 1024;

    public TestLoop(
        PollerKind poller = PollerKind.Default, UdpBatching? batching = null, int userTimeoutSeconds = 0, params IPAddress[] sources)
    {
        var options = new EventLoopOptions
        {
            Name = $"test-{poller}",
            Poller = poller,
            UdpBatching = batching ?? new UdpBatching(),
            ScratchBytes = ScratchBytes,
            TcpUserTimeoutSeconds = userTimeoutSeconds,
            TimeProvider = Time,
            SourceAddresses = sources,
            UdpPorts = new UdpPorts(),
        };
        Loop = EventLoopFactory.Create(options, Log);
        Loop.Start();
    }

    public EventLoop Loop { get; }

    public CountingTime Time { get; } = new();

    public ListLogger Log { get; } = new();

    /// <summary>True where the loop makes no turn on its own: nothing that is watched is reported over and over.</summary>
    public async Task<bool> IsAtRestAsync()
    {
        await SettleAsync();
        await SettleAsync();
        using var other = new TestLoop();
        long before = Time.Readings;

        // As long as it takes another loop to be woken a hundred times, one that spins makes thousands of turns. Each event that the kernel
        // hands over late (a FIN, its acknowledgement, a wake-up that was not needed any more) costs one of the others a turn, and no second.
        for (int i = 0; i < 100; i++)
        {
            await other.RunAsync(() => 0);
        }

        return Time.Readings - before < 20;
    }

    public Task<T> RunAsync<T>(Func<T> work) => Loop.InvokeAsync(work).WaitAsync(Observed.HungAfter);

    public Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>Starts asynchronous work on the loop.</summary>
    public async Task<T> StartAsync<T>(Func<ValueTask<T>> work) => await (await RunAsync(() => work().AsTask())).WaitAsync(Observed.HungAfter);

    /// <summary>Completes when everything that was due or posted before has run: the first round ends the present turn, the second is a whole one.</summary>
    public async Task SettleAsync()
    {
        await RunAsync(() => 0);
        await RunAsync(() => 0);
    }

    /// <summary>Completes when the loop stands still, in the middle of a turn whose events were looked at already. The result lets it go on.</summary>
    public async Task<Action> StandStillAsync()
    {
        var stands = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goesOn = new TaskCompletionSource();
        Loop.Post(_ =>
        {
            stands.SetResult();
            goesOn.Task.Wait(Observed.HungAfter);
        });
        await stands.Task.WaitAsync(Observed.HungAfter);
        return goesOn.SetResult;
    }

    /// <summary>Completes when a condition holds, which is looked at on the loop: for what comes about without anybody telling.</summary>
    public async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var hung = Stopwatch.StartNew();
        while (!await RunAsync(condition))
        {
            Assert.True(hung.Elapsed < Observed.HungAfter, $"waited in vain for {what}");
            await Task.Yield();
        }
    }

    /// <summary>Moves the clock and lets the loop act on it.</summary>
    public async Task AdvanceAsync(long milliseconds)
    {
        Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Loop.Wake();
        await SettleAsync();
    }

    public void Dispose() => Loop.Dispose();
}

/// <summary>A clock that stands still, and counts how often it is read: twice per turn of its loop.</summary>
internal sealed class CountingTime : FakeTimeProvider
{
    private long _readings;

    public long Readings => Interlocked.Read(ref _readings);

    public override long GetTimestamp()
    {
        Interlocked.Increment(ref _readings);
        return base.GetTimestamp();
    }
}
