using Sluice.Bench.Peers;

namespace Sluice.Bench.Works;

/// <summary>
/// Runs whole sessions, 32 at a time: connect (with Sluice also the handshake), first byte of the backend, end of stream in both
/// directions. That byte proves for every relay alike that the backend was reached. In the second form Sluice's own reply is the proof
/// and no byte is relayed; the other relays still need theirs.
/// </summary>
internal sealed class ConnectWork(bool replyIsProof) : Work
{
    public static readonly Metric Cpu = new("CPU µs per session", "0.0");
    private static readonly Metric PerCpuSecond = new("sessions per CPU s", "#,0");
    private static readonly Metric Rate = new("sessions/s", "#,0");

    public override string Name => replyIsProof ? "connect-reply" : "connect";

    public override string Title => replyIsProof
        ? "connect + close; Sluice with its handshake, whose reply is its proof that the backend was reached"
        : "connect + first byte of the backend + close; Sluice with its handshake";

    public override IReadOnlyList<Metric> Metrics => [Cpu, PerCpuSecond, Rate, Metric.Busy];

    public override string BackendMode(Peer peer) => Greets(peer) ? "greet" : "sink";

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", "connect", "--connections", "32", "--greeting", Greets(peer) ? "1" : "0",
            "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup)];

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        var (result, cpu) = await RunAsync(rig, stop);
        return new()
        {
            [Cpu] = cpu / result["count"] * 1e6,
            [PerCpuSecond] = result["count"] / cpu,
            [Rate] = result["count"] / result["seconds"],
            [Metric.Busy] = cpu / result["seconds"],
        };
    }

    private bool Greets(Peer peer) => !replyIsProof || peer is not SluicePeer;
}
