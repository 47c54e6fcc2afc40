namespace Sluice.Bench.Works;

/// <summary>The selected works, in the order of the tables.</summary>
internal static class WorkList
{
    public static IReadOnlyList<Work> Select(BenchOptions options)
    {
        var usual = options.Benchmark.Works(options);
        Work[] known = [.. usual, .. options.Benchmark.FurtherWorks(options)];
        if (options.Only.Count == 0)
        {
            return usual;
        }

        return
        [
            .. options.Only.Select(name => known.FirstOrDefault(work => string.Equals(work.Name, name, StringComparison.Ordinal))
                ?? throw new BenchException($"unknown work '{name}'; available: {string.Join(' ', known.Select(work => work.Name))}")),
        ];
    }
}
