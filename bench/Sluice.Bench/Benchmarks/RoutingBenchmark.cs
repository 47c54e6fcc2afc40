using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench.Benchmarks;

/// <summary>Measures the cost of routing a client by a signed token, and of rejecting a client.</summary>
internal sealed class RoutingBenchmark : Benchmark
{
    public override string Name => "routing";

    public override IReadOnlyList<Goal> Goals =>
    [
        Goal.Ratio(
            "connect",
            "connect + handshake + close with a token (HS256): ≤ 1.5 × with host:port",
            ConnectWork.Cpu,
            1.5,
            SluicePeer.AddressName),
        Goal.Ratio("refused", "refusing a client over its limit: ≤ 1.2 × accept and close", RefusedWork.Cpu, 1.2, "accept-close"),
    ];

    public override SluiceGate GateFor(Work work) => work is RefusedWork ? SluiceGate.Refusing : SluiceGate.Tokens;

    public override IReadOnlyList<Peer> Others(BenchOptions options) => [SluicePeer.ByAddress(options.SluiceSettings), new CloserPeer()];

    public override IReadOnlyList<Work> Works(BenchOptions options) => [new ConnectWork(replyIsProof: false), new RefusedWork()];

    public override IReadOnlyList<Work> FurtherWorks(BenchOptions options) => [];
}
