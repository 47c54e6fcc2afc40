using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>
/// Sends from the backend to 8 clients as fast as possible, with at most 512 KiB in flight per connection. Without that limit the
/// kernel's buffers outgrow the cache, and the figures measure memory instead of the relay.
/// </summary>
internal sealed class BulkWork(bool zeroCopy) : Work
{
    public static readonly Metric Cpu = new("CPU s per GB", "0.000");
    private static readonly Metric Rate = new("GB/s", "0.00");

    public override string Name => zeroCopy ? "bulk-zero" : "bulk";

    public override string Title => $"bulk, 8 connections, {(zeroCopy ? "zero copy (splice)" : "copying")}";

    public override bool ZeroCopy => zeroCopy;

    public override IReadOnlyList<Metric> Metrics => [Cpu, Rate, Metric.Busy];

    public override string BackendMode(Peer peer) => "serve";

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", "bulk", "--connections", "8", "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup)];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        return new()
        {
            [Cpu] = cpu / result["bytes"] * 1e9,
            [Rate] = result["bytes"] / result["seconds"] / 1e9,
            [Metric.Busy] = cpu / result["seconds"],
        };
    }
}
