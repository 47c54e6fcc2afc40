using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench.Benchmarks;

/// <summary>One comparison: the relays, their works, and Sluice's goals.</summary>
internal abstract class Benchmark
{
    private static readonly Benchmark[] All = [new TcpBenchmark(), new KcpBenchmark(), new WsBenchmark(), new RoutingBenchmark()];

    public abstract string Name { get; }

    public abstract IReadOnlyList<Goal> Goals { get; }

    /// <summary>Returns the gate of Sluice for this work.</summary>
    public abstract SluiceGate GateFor(Work work);

    /// <summary>Returns the relays that Sluice is compared with, in the order of their turns.</summary>
    public abstract IReadOnlyList<Peer> Others(BenchOptions options);

    /// <summary>Returns the works of a whole run, in the order of the tables.</summary>
    public abstract IReadOnlyList<Work> Works(BenchOptions options);

    /// <summary>Returns the works that run only if selected by name.</summary>
    public abstract IReadOnlyList<Work> FurtherWorks(BenchOptions options);

    public static Benchmark Find(string name) =>
        All.FirstOrDefault(benchmark => string.Equals(benchmark.Name, name, StringComparison.Ordinal))
        ?? throw new BenchException($"unknown benchmark '{name}'; available: {string.Join(' ', All.Select(benchmark => benchmark.Name))}");
}
