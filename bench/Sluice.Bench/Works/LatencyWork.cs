using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>
/// Echoes at a fixed rate over 50 connections. Latency counts from the moment a message was due, not from when it was sent.
/// </summary>
internal sealed class LatencyWork(int rate) : Work
{
    public static readonly Metric P99 = new("p99 µs", "0");
    private static readonly Metric P50 = new("p50 µs", "0");
    private static readonly Metric Max = new("max µs", "0");
    private static readonly Metric Cpu = new("CPU µs per echo", "0.0");

    public override string Name => "latency";

    public override string Title => $"echo of 64 bytes at a fixed {rate:#,0}/s over 50 connections";

    public override IReadOnlyList<Metric> Metrics => [P99, P50, Max, Cpu];

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", "rate", "--connections", "50", "--rate", $"{rate}",
            "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup)];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        return new()
        {
            [P99] = result["p99_us"],
            [P50] = result["p50_us"],
            [Max] = result["max_us"],
            [Cpu] = cpu / result["count"] * 1e6,
        };
    }
}
