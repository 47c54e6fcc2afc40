namespace Sluice.Bench.Works;

/// <summary>All works, in the order of the tables.</summary>
internal static class WorkList
{
    public static IReadOnlyList<Work> Select(BenchOptions options)
    {
        Work[] usual =
        [
            new EchoWork(50), new EchoWork(1000), new BulkWork(zeroCopy: true), new BulkWork(zeroCopy: false),
            new ConnectWork(replyIsProof: false), new IdleWork(), new LatencyWork(options.Rate), new StartWork(),
        ];
        Work[] known = [.. usual, new ConnectWork(replyIsProof: true)];
        if (options.Only.Count == 0)
        {
            return usual;
        }

        return
        [
            .. options.Only.Select(name => known.FirstOrDefault(work => string.Equals(work.Name, name, StringComparison.Ordinal))
                ?? throw new BenchException($"unknown work '{name}'; there are: {string.Join(' ', known.Select(work => work.Name))}")),
        ];
    }
}
