using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>Echoes 64 bytes with one message in flight per connection, as fast as possible or at a fixed rate.</summary>
/// <param name="connections">Number of connections.</param>
/// <param name="medium">The clients' protocol, if the works of the benchmark differ in it.</param>
/// <param name="rate">Messages per second over all KCP sessions; null = as many as possible.</param>
internal sealed class EchoWork(int connections, Medium? medium = null, int? rate = null) : Work
{
    public static readonly Metric Cpu = new("CPU s per million echoes", "0.00");
    private static readonly Metric Rate = new("echoes/s", "#,0");

    public override string Name => medium is null ? $"echo{connections}" : $"echo{(rate is null ? "" : "-paced")}{medium.NameEnding}";

    public override string Title =>
        $"echo of 64 bytes, {connections:#,0} {Medium.Connections}{(rate is null ? "" : $", {rate:#,0}/s in all")}";

    public override Medium Medium => medium ?? base.Medium;

    public override IReadOnlyList<Metric> Metrics => [Cpu, Rate, Metric.Busy];

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", "echo", "--connections", $"{connections}", "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup),
            .. rate is null ? Array.Empty<string>() : ["--rate", $"{rate}"]];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        return new()
        {
            [Cpu] = cpu / result["count"] * 1e6,
            [Rate] = result["count"] / result["seconds"],
            [Metric.Busy] = cpu / result["seconds"],
        };
    }
}
