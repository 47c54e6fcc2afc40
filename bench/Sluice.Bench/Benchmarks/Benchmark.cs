using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench.Benchmarks;

/// <summary>One comparison: who takes part, what they are made to do, and what Sluice is to reach.</summary>
internal abstract class Benchmark
{
    private static readonly Benchmark[] All = [new TcpBenchmark(), new KcpBenchmark(), new WsBenchmark(), new RoutingBenchmark()];

    public abstract string Name { get; }

    public abstract IReadOnlyList<Goal> Goals { get; }

    /// <summary>The gate of Sluice that does this work.</summary>
    public abstract SluiceGate GateFor(Work work);

    /// <summary>Whom Sluice is compared with, in the order in which they take turns.</summary>
    public abstract IReadOnlyList<Peer> Others(BenchOptions options);

    /// <summary>The works of a whole run, in the order of the tables.</summary>
    public abstract IReadOnlyList<Work> Works(BenchOptions options);

    /// <summary>Works that run only when they are asked for by name.</summary>
    public abstract IReadOnlyList<Work> FurtherWorks(BenchOptions options);

    public static Benchmark Find(string name) =>
        All.FirstOrDefault(benchmark => string.Equals(benchmark.Name, name, StringComparison.Ordinal))
        ?? throw new BenchException($"unknown benchmark '{name}'; there are: {string.Join(' ', All.Select(benchmark => benchmark.Name))}");
}
