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
    /// <summary>Most bytes that one receive returns.</summary>
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

    /// <summary>Returns whether the loop makes no turns by itself, that is, no watched socket is reported over and over.</summary>
    public async Task<bool> IsAtRestAsync()
    {
        await SettleAsync();
        await SettleAsync();
        using var other = new TestLoop();
        long before = Time.Readings;

        // A spinning loop makes thousands of turns in the time that another loop needs to wake up a hundred times. An event that the
        // kernel delivers late (a FIN, its acknowledgement, a wake-up that is no longer needed) costs a few turns at most.
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
    public async Task<T> StartAsync<T>(Func<ValueTask<T>> work) =>
        await (await RunAsync(() => work().AsTask())).WaitAsync(Observed.HungAfter);

    /// <summary>
    /// Completes when everything that was due or posted before has run. The first round ends the current turn; the second is a full turn.
    /// </summary>
    public async Task SettleAsync()
    {
        await RunAsync(() => 0);
        await RunAsync(() => 0);
    }

    /// <summary>
    /// Completes when the loop is blocked in the middle of a turn, after it has looked at that turn's events. Call the result to let it
    /// continue.
    /// </summary>
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

    /// <summary>Completes when a condition holds. Polls it on the loop, for conditions that send no notification.</summary>
    public async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var hung = Stopwatch.StartNew();
        while (!await RunAsync(condition))
        {
            Assert.True(hung.Elapsed < Observed.HungAfter, $"timed out waiting for {what}");
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

/// <summary>A clock that stands still and counts its reads: two per turn of its loop.</summary>
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
