using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>
/// Clients that are rejected, 32 at a time, from 10,000 addresses in 40 subnets: connect, send a key, read to the end of any kind. The
/// accepted ones, one per second and subnet, are not counted.
/// </summary>
internal sealed class RefusedWork : Work
{
    public static readonly Metric Cpu = new("CPU µs per refusal", "0.0");
    private static readonly Metric Rate = new("refusals/s", "#,0");
    private static readonly Metric Served = new("served/s", "#,0");

    public override string Name => "refused";

    public override string Title => "clients above their limit: connect, refusal, close";

    public override IReadOnlyList<Metric> Metrics => [Cpu, Rate, Served, Metric.Busy];

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", "refused", "--connections", "32", "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup)];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        return new()
        {
            [Cpu] = cpu / result["count"] * 1e6,
            [Rate] = result["count"] / result["seconds"],
            [Served] = result["served"] / result["seconds"],
            [Metric.Busy] = cpu / result["seconds"],
        };
    }
}
