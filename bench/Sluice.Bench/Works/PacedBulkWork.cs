using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>
/// Bulk over 8 KCP sessions at a rate that every relay can keep. As fast as it goes would be another work for each: where a relay is
/// overrun, datagrams are dropped and sent again, and the CPU per byte tells of that.
/// </summary>
/// <param name="upwards">From the clients to the backend, or back.</param>
/// <param name="rate">MB (10⁶ bytes) per second, all sessions together.</param>
/// <param name="kcp">How the sessions are set.</param>
internal sealed class PacedBulkWork(bool upwards, double rate, KcpSettings kcp) : Work
{
    private static readonly Metric Rate = new("MB/s", "0.0");
    private static readonly Metric Again = new("sent again", "0.0 %");

    public override string Name => $"bulk-{Direction}{kcp.NameEnding}";

    public override string Title => FormattableString.Invariant(
        $"bulk from {(upwards ? "client to backend" : "backend to client")}, 8 sessions {kcp.Text}, at {rate:0.##} MB/s");

    public override KcpSettings Kcp => kcp;

    public override IReadOnlyList<Metric> Metrics => [BulkWork.Cpu, Rate, Again, Metric.Busy];

    private string Direction => upwards ? "up" : "down";

    public override string BackendMode(Peer peer) => upwards ? "check" : "serve";

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", Direction, "--connections", "8", "--rate", Text(rate * 1e6),
            "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup)];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        return new()
        {
            [BulkWork.Cpu] = cpu / result["bytes"] * 1e9,
            [Rate] = result["bytes"] / result["seconds"] / 1e6,
            [Again] = result[upwards ? "sent_again" : "came_again"],
            [Metric.Busy] = cpu / result["seconds"],
        };
    }
}
