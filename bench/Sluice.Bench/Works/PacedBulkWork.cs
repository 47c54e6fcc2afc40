using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>
/// Bulk in pieces of 64 KiB over 8 connections or sessions, at a rate that every relay can keep. At full speed each relay would do
/// different work: an overloaded one handles more at once, or with KCP loses and retransmits datagrams, and that distorts the CPU per
/// byte.
/// </summary>
/// <param name="upwards">Whether bytes go from the clients to the backend, or back.</param>
/// <param name="rate">MB (10⁶ bytes) per second, all connections together.</param>
/// <param name="medium">The clients' protocol.</param>
internal sealed class PacedBulkWork(bool upwards, double rate, Medium medium) : Work
{
    private static readonly Metric Rate = new("MB/s", "0.0");
    private static readonly Metric Again = new("sent again", "0.0 %");
    private static readonly Metric MessageSize = new("KiB per message", "0.0");

    public override string Name => $"bulk-{Direction}{medium.NameEnding}";

    public override string Title => FormattableString.Invariant(
        $"bulk from {(upwards ? "client to backend" : "backend to client")}, 8 {medium.Connections}, at {rate:0.##} MB/s");

    public override Medium Medium => medium;

    public override IReadOnlyList<Metric> Metrics => [BulkWork.Cpu, Rate, .. Own(), Metric.Busy];

    private string Direction => upwards ? "up" : "down";

    public override string BackendMode(Peer peer) => upwards ? "check" : "serve";

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", Direction, "--connections", "8", "--rate", Text(rate * 1e6),
            "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup)];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        var sample = new Sample
        {
            [BulkWork.Cpu] = cpu / result["bytes"] * 1e9,
            [Rate] = result["bytes"] / result["seconds"] / 1e6,
            [Metric.Busy] = cpu / result["seconds"],
        };
        foreach (var metric in Own())
        {
            sample[metric] = metric == Again ? result[upwards ? "sent_again" : "came_again"] : SizeOfMessages(result);
        }

        return sample;
    }

    /// <summary>Metrics that show whether the medium was used as intended.</summary>
    private IEnumerable<Metric> Own() => medium switch
    {
        KcpSettings => [Again],
        Wire { WebSocket: true } when !upwards => [MessageSize],
        _ => [],
    };

    // TCP clients report 0 frames.
    private static double SizeOfMessages(IReadOnlyDictionary<string, double> result) =>
        result["frames"] > 0 ? result["bytes"] / result["frames"] / 1024 : double.NaN;
}
