using Sluice.Bench.Peers;
using Sluice.Bench.Report;
using Sluice.Bench.Works;

namespace Sluice.Bench.Benchmarks;

/// <summary>One comparison: who takes part, what they are made to do, and what Sluice is to reach.</summary>
internal abstract class Benchmark
{
    private static readonly Benchmark[] All = [new TcpBenchmark(), new KcpBenchmark()];

    public abstract string Name { get; }

    /// <summary>The gate of Sluice that takes part.</summary>
    public abstract SluiceGate Gate { get; }

    /// <summary>Whom Sluice is compared with, in the order in which they take turns.</summary>
    public abstract IReadOnlyList<Peer> Others { get; }

    public abstract IReadOnlyList<Goal> Goals { get; }

    /// <summary>The works of a whole run, in the order of the tables.</summary>
    public abstract IReadOnlyList<Work> Works(BenchOptions options);

    /// <summary>Works that run only when they are asked for by name.</summary>
    public abstract IReadOnlyList<Work> FurtherWorks(BenchOptions options);

    public static Benchmark Find(string name) =>
        All.FirstOrDefault(benchmark => string.Equals(benchmark.Name, name, StringComparison.Ordinal))
        ?? throw new BenchException($"unknown benchmark '{name}'; there are: {string.Join(' ', All.Select(benchmark => benchmark.Name))}");
}
