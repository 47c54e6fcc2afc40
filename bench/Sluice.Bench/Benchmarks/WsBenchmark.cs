using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench.Benchmarks;

/// <summary>
/// Compares the WebSocket gate with Sluice's own TCP gate, a minimal relay on Kestrel and websockify, and TLS with HAProxy.
/// </summary>
internal sealed class WsBenchmark : Benchmark
{
    private const int EchoConnections = 100;
    private const int IdleConnections = 4000;
    private const double UsualBulkRate = 100;
    private static readonly Wire WebSocket = new(WebSocket: true, Tls: false);
    private static readonly Wire Tls = new(WebSocket: false, Tls: true);
    private static readonly Wire WebSocketOverTls = new(WebSocket: true, Tls: true);

    public override string Name => "ws";

    public override IReadOnlyList<Goal> Goals =>
    [
        Goal.Ratio("echo", "echo 64 B, 100 connections: ≤ 1.35 × Sluice's TCP gate", EchoWork.Cpu, 1.35, SluicePeer.TcpName),
        Goal.Ratio("echo", "echo 64 B, 100 connections: ≤ 0.4 × the Kestrel relay", EchoWork.Cpu, 0.4, "kestrel"),
        Goal.Ratio("bulk-up", "bulk from client to backend, messages of 64 KiB: ≤ 0.5 × the Kestrel relay", BulkWork.Cpu, 0.5, "kestrel"),
        Goal.Ratio("bulk-down", "bulk from backend to client, 64 KiB at a time: ≤ 0.5 × the Kestrel relay", BulkWork.Cpu, 0.5, "kestrel"),
        Goal.Ratio("bulk-up-tls", "TLS bulk from client to backend: ≤ 1.3 × HAProxy terminating TLS", BulkWork.Cpu, 1.3, "haproxy"),
        Goal.Ratio("bulk-down-tls", "TLS bulk from backend to client: ≤ 1.3 × HAProxy terminating TLS", BulkWork.Cpu, 1.3, "haproxy"),
        new("idle", "idle WebSocket connection: ≤ 3 KB RSS", IdleWork.PerConnection, 3, "0.00 KB", 1.0 / 1024),
    ];

    public override SluiceGate GateFor(Work work) => work.Wire.WebSocket ? SluiceGate.WebSocket : SluiceGate.Tcp;

    public override IReadOnlyList<Peer> Others(BenchOptions options) =>
        [new WebsockifyPeer(), new KestrelPeer(), new HaproxyPeer(), SluicePeer.OnTcp(options.SluiceSettings)];

    public override IReadOnlyList<Work> Works(BenchOptions options) =>
        [
            .. Moving(WebSocket, options),
            new IdleWork(IdleConnections, WebSocket),
            .. Moving(Tls, options),
            .. Moving(WebSocketOverTls, options),
        ];

    public override IReadOnlyList<Work> FurtherWorks(BenchOptions options) =>
        [new IdleWork(IdleConnections, Tls), new IdleWork(IdleConnections, WebSocketOverTls)];

    private static IEnumerable<Work> Moving(Wire wire, BenchOptions options)
    {
        var rate = options.BulkRate ?? UsualBulkRate;
        return
        [
            new EchoWork(EchoConnections, wire),
            new PacedBulkWork(upwards: true, rate, wire),
            new PacedBulkWork(upwards: false, rate, wire),
        ];
    }
}
