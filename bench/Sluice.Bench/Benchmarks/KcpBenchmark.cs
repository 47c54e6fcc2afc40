using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench.Benchmarks;

/// <summary>Compares the KCP gate with a minimal relay on kcp-go.</summary>
internal sealed class KcpBenchmark : Benchmark
{
    private const string Other = "kcp-go";
    private const int EchoSessions = 100;
    private const int PacedRate = 5000;
    private const int IdleSessions = 5000;
    private const double UsualBulkRate = 20;
    private static readonly KcpSettings Plain = new(DataShards: 0, ParityShards: 0, Window: 256);
    private static readonly KcpSettings Fec = Plain with { DataShards = 10, ParityShards = 3 };

    public override string Name => "kcp";

    public override IReadOnlyList<Goal> Goals =>
    [
        .. Both("echo", "echo 64 B, 100 sessions", EchoWork.Cpu, 0.45),
        .. Both("bulk-up", "bulk from client to backend, 8 sessions", BulkWork.Cpu, 0.35),
        .. Both("bulk-down", "bulk from backend to client, 8 sessions", BulkWork.Cpu, 0.35),
        .. Both("loss", "p99 of an echo at 5 % loss and 20 ms each way", LossWork.P99, 0.9),
        new("idle", "5,000 idle sessions: ≤ 0.3 % of a core, all of them together", IdleWork.IdleCpu, 0.003, "0.00 %", 1.0 / 1000),
        new("idle", "idle session: ≤ 4 KB RSS", IdleWork.PerConnection, 4, "0.00 KB", 1.0 / 1024),
    ];

    public override SluiceGate GateFor(Work work) => SluiceGate.Kcp;

    public override IReadOnlyList<Peer> Others(BenchOptions options) => [new KcpGoPeer()];

    public override IReadOnlyList<Work> Works(BenchOptions options) =>
    [
        new EchoWork(EchoSessions, Plain), new EchoWork(EchoSessions, Fec),
        .. Bulk(upwards: true, options), .. Bulk(upwards: false, options),
        new LossWork(options.Rate, Plain), new LossWork(options.Rate, Fec), new IdleWork(IdleSessions, Plain),
    ];

    public override IReadOnlyList<Work> FurtherWorks(BenchOptions options) =>
    [
        new EchoWork(EchoSessions, Plain, options.Rate ?? PacedRate), new EchoWork(EchoSessions, Fec, options.Rate ?? PacedRate),
        new EchoWork(EchoSessions, Plain with { Reciprocity = true }), new EchoWork(EchoSessions, Fec with { Reciprocity = true }),
    ];

    private static IEnumerable<Work> Bulk(bool upwards, BenchOptions options) =>
        new[] { Plain, Fec }.Select(
            settings => new PacedBulkWork(upwards, options.BulkRate ?? UsualBulkRate, settings with { Window = 1024 }));

    private static IEnumerable<Goal> Both(string work, string text, Metric metric, double limit) =>
        new[] { Plain, Fec }.Select(settings => Goal.Ratio(
            work + settings.NameEnding,
            FormattableString.Invariant($"{text} {settings.FecText}: ≤ {limit} × the kcp-go relay"),
            metric,
            limit,
            Other));
}
