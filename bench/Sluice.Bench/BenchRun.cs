using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench;

/// <summary>
/// Runs every work over every relay in turn, A B C D A B C D, so that a slow spell of the machine affects all of them. The relays of a
/// work start together and take turns; while one is measured, the others are idle. Then all are restarted.
/// </summary>
internal sealed class BenchRun(BenchOptions options, CancellationToken stop)
{
    private const int MostTries = 4;

    /// <summary>Lets everything that became due during the pause finish.</summary>
    private static readonly TimeSpan AfterPause = TimeSpan.FromMilliseconds(50);

    private readonly Results _results = new();
    private bool _failed;

    public async Task<int> RunAsync()
    {
        var works = WorkList.Select(options);
        var peers = PeerList.Select(options);
        if (options.CheckOnly)
        {
            return 0;
        }

        var tools = Toolbox.Find(options, peers);
        var machine = await Machine.DescribeAsync(peers, tools, stop);
        Console.WriteLine(machine.Text);
        Machine.WarnWhenBusy();

        using var folder = new TemporaryFolder();
        var rigs = new RigFactory(options, tools, folder, stop);
        foreach (var work in works)
        {
            Console.WriteLine($"\n{work.Name}: {work.Title}");
            await RunWorkAsync(work, [.. peers.Where(peer => peer.CanDo(work))], rigs);
        }

        var report = Tables.Build(works, peers, _results, machine, options);
        Console.WriteLine();
        Console.WriteLine(report);
        if (options.Write && _failed)
        {
            Console.WriteLine("tables not written: a relay failed");
        }
        else if (options.Write)
        {
            var page = options.Page ?? Path.Combine(options.Root, "docs", "performance.md");
            PerformancePage.Replace(page, options.Benchmark.Name, report);
            Console.WriteLine($"tables written to {page}");
        }

        return _failed ? 1 : 0;
    }

    private async Task RunWorkAsync(Work work, IReadOnlyList<Peer> peers, RigFactory factory)
    {
        // A work that measures a relay's first moments needs a new relay for each measurement, so it has fewer rounds.
        var (starts, rounds) = work.StartsAnew ? ((options.Rounds / 2) + 1, 1) : (options.Starts, options.Rounds);
        for (var start = 0; start < starts; start++)
        {
            if (work.StartsAnew)
            {
                foreach (var peer in peers)
                {
                    await MeasureOnStartAsync(work, [peer], factory, 1, start, starts);
                }
            }
            else
            {
                await MeasureOnStartAsync(work, peers, factory, rounds, start, starts);
            }
        }
    }

    private async Task MeasureOnStartAsync(
        Work work, IReadOnlyList<Peer> peers, RigFactory factory, int rounds, int start, int starts)
    {
        var rigs = new List<Rig>();
        try
        {
            foreach (var peer in peers)
            {
                var rig = await TryAsync(work, peer, () => factory.StartAsync(work, peer));
                if (rig is not null)
                {
                    Wait(work, rig);
                    rigs.Add(rig);
                }
            }

            for (var round = 0; round < rounds; round++)
            {
                var dropped = (work.StartsAnew ? start : round) == 0;
                var label = work.StartsAnew ? $"round {start + 1}/{starts}" : $"start {start + 1}/{starts} round {round + 1}/{rounds}";
                foreach (var rig in rigs.ToArray())
                {
                    var sample = await TryAsync(work, rig.Peer, () => TakeTurnAsync(work, rig));
                    if (sample is null)
                    {
                        rigs.Remove(rig);
                        await rig.DisposeAsync();
                        continue;
                    }

                    Console.WriteLine($"  {label}  {rig.Peer.Name,-12} {work.Describe(sample)}{(dropped ? "  (dropped)" : "")}");
                    if (!dropped)
                    {
                        _results.Add(work, rig.Peer, sample);
                    }
                }
            }
        }
        finally
        {
            foreach (var rig in rigs)
            {
                await rig.DisposeAsync();
            }
        }
    }

    /// <summary>
    /// Pauses a rig between its turns. Idle KCP sessions still use the CPU in some relays: kcp-go examines each one every 10 ms, which
    /// would disturb the relay being measured.
    /// </summary>
    private static void Wait(Work work, Rig rig)
    {
        if (work.Kcp is not null && !work.StartsAnew)
        {
            rig.Pause();
        }
    }

    /// <summary>Measures one relay once and pauses it until its next turn.</summary>
    private async Task<Sample> TakeTurnAsync(Work work, Rig rig)
    {
        rig.Resume();
        await Task.Delay(AfterPause, stop);
        var sample = await MeasureInPeaceAsync(work, rig);
        Wait(work, rig);
        return sample;
    }

    /// <summary>Repeats a disturbed measurement, up to a limit.</summary>
    private async Task<Sample> MeasureInPeaceAsync(Work work, Rig rig)
    {
        if (work.StartsAnew)
        {
            return await work.MeasureAsync(rig, options, stop);
        }

        for (var tries = 1; ; tries++)
        {
            var disturbance = new Disturbance(rig, options);
            var sample = await work.MeasureAsync(rig, options, stop);
            var share = disturbance.Share();
            if (share <= Disturbance.Limit)
            {
                return sample;
            }

            if (tries == MostTries)
            {
                _results.CountDisturbed();
                Console.WriteLine($"  disturbed: other work took {share:0 %} of the cores");
                return sample;
            }
        }
    }

    /// <summary>Drops a failed relay from its work and marks it in the table. The run continues and ends with status 1.</summary>
    private async Task<T?> TryAsync<T>(Work work, Peer peer, Func<Task<T>> action)
        where T : class
    {
        try
        {
            return await action();
        }
        catch (BenchException exception)
        {
            _failed = true;
            _results.Fail(work, peer);
            await Console.Error.WriteLineAsync($"  {peer.Name}: FAILED: {exception.Message}");
            return null;
        }
    }
}
