using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench.Benchmarks;

/// <summary>Compares the TCP gate with HAProxy, nginx and a bare relay in C.</summary>
internal sealed class TcpBenchmark : Benchmark
{
    private const int UsualRate = 10_000;
    private const int IdleConnections = 4000;

    public override string Name => "tcp";

    public override IReadOnlyList<Goal> Goals =>
    [
        Goal.Ratio("echo50", "echo 64 B, 50 connections: ≤ 1.03 × the bare C relay", EchoWork.Cpu, 1.03, "c-relay"),
        Goal.Ratio(
            "echo50", "echo 64 B, 50 connections: ≤ 0.95 × the better of HAProxy and nginx", EchoWork.Cpu, 0.95, "haproxy", "nginx"),
        Goal.Ratio(
            "echo1000", "echo 64 B, 1,000 connections: ≤ 0.85 × the better of HAProxy and nginx", EchoWork.Cpu, 0.85, "haproxy", "nginx"),
        Goal.Ratio("bulk-zero", "bulk, zero copy: ≤ 1.1 × HAProxy with splice", BulkWork.Cpu, 1.1, "haproxy"),
        Goal.Ratio("bulk", "bulk, copying: ≤ 1.0 × HAProxy without splice", BulkWork.Cpu, 1.0, "haproxy"),
        Goal.Ratio("connect", "connect + handshake + close: ≤ 1.3 × HAProxy's connect + close", ConnectWork.Cpu, 1.3, "haproxy"),
        new("idle", "idle connection: ≤ 2.5 KB RSS", IdleWork.PerConnection, 2.5, "0.00 KB", 1.0 / 1024),
        new("idle", "idle connections: no CPU (≤ 1 ms per second, all of them together)", IdleWork.IdleCpu, 1, "0.00 ms"),
        new("start", "start: `ready` within 0.7 s", StartWork.Time, 0.7, "0.00 s", 1.0 / 1000),
        new("start", "start: RSS ≤ 80 MB", StartWork.Resident, 80, "0.0 MB"),
    ];

    public override SluiceGate GateFor(Work work) => SluiceGate.Tcp;

    public override IReadOnlyList<Peer> Others(BenchOptions options) => [new HaproxyPeer(), new NginxPeer(), new CRelayPeer()];

    public override IReadOnlyList<Work> Works(BenchOptions options) =>
    [
        new EchoWork(50), new EchoWork(1000), new BulkWork(zeroCopy: true), new BulkWork(zeroCopy: false),
        new ConnectWork(replyIsProof: false), new IdleWork(IdleConnections), new LatencyWork(options.Rate ?? UsualRate), new StartWork(),
    ];

    public override IReadOnlyList<Work> FurtherWorks(BenchOptions options) => [new ConnectWork(replyIsProof: true)];
}
