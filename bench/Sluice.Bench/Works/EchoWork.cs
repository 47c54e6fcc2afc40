using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>64 bytes there and back, one message in flight per connection, as fast as it goes.</summary>
internal sealed class EchoWork(int connections, KcpSettings? kcp = null) : Work
{
    public static readonly Metric Cpu = new("CPU s per million echoes", "0.00");
    private static readonly Metric Rate = new("echoes/s", "#,0");

    public override string Name => kcp is null ? $"echo{connections}" : $"echo{kcp.NameEnding}";

    public override string Title => $"echo of 64 bytes, {connections:#,0} {(kcp is null ? "connections" : $"sessions {kcp.Text}")}";

    public override KcpSettings? Kcp => kcp;

    public override IReadOnlyList<Metric> Metrics => [Cpu, Rate, Metric.Busy];

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", "echo", "--connections", $"{connections}", "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup)];

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
