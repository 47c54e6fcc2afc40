using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>Time from the start of the process, on its core, to the line `ready`, or to the first client that can connect.</summary>
internal sealed class StartWork : Work
{
    public static readonly Metric Time = new("ms to ready", "0");
    public static readonly Metric Resident = new("MB RSS then", "0.0");

    public override string Name => "start";

    public override string Title => "start of the process until it is ready";

    public override bool StartsAnew => true;

    public override IReadOnlyList<Metric> Metrics => [Time, Resident];

    public override IReadOnlyList<string>? LoadArguments(Peer peer, BenchOptions options) => null;

    public override Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop) =>
        Task.FromResult(new Sample
        {
            [Time] = rig.Relay.StartTime.TotalMilliseconds,
            [Resident] = rig.Relay.ResidentBytes / 1e6,
        });
}
