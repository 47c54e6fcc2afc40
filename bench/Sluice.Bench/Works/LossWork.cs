using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>
/// Echoes at a fixed rate over links that drop and delay datagrams, by seed. Latency counts from the moment a message was due, so a
/// message that waits for a retransmission pays for it.
/// </summary>
/// <param name="rate">Messages per second over all sessions; null = the default.</param>
/// <param name="kcp">Settings of the sessions.</param>
internal sealed class LossWork(int? rate, KcpSettings kcp) : Work
{
    public static readonly Metric P99 = new("p99 ms", "0.0");
    private static readonly Metric P50 = new("p50 ms", "0.0");
    private static readonly Metric Max = new("max ms", "0.0");
    private static readonly Metric Cpu = new("CPU µs per echo", "0.0");
    private const int Sessions = 100;
    private const int UsualRate = 30 * Sessions;
    private const int LengthFactor = 3;   // the p99 of a round needs many messages

    public override string Name => $"loss{kcp.NameEnding}";

    public override string Title =>
        $"echo of 64 bytes at 5 % loss and 20 ms each way, {Sessions} {kcp.Connections}, {rate ?? UsualRate:#,0}/s in all";

    public override Medium Medium => kcp;

    public override IReadOnlyList<Metric> Metrics => [P99, P50, Max, Cpu, Metric.Busy];

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        [
            "--mode", "loss", "--connections", $"{Sessions}", "--rate", $"{rate ?? UsualRate}",
            "--loss", "0.05", "--delay", "20", "--seed", "1",
            "--seconds", Text(LengthFactor * options.Seconds), "--warmup", Text(options.Warmup),
        ];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        return new()
        {
            [P99] = result["p99_ms"],
            [P50] = result["p50_ms"],
            [Max] = result["max_ms"],
            [Cpu] = cpu / result["count"] * 1e6,
            [Metric.Busy] = cpu / result["seconds"],
        };
    }
}
