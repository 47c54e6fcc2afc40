using System.Globalization;
using System.Text;
using Sluice.Bench.Peers;
using Sluice.Bench.Works;

namespace Sluice.Bench.Report;

/// <summary>Builds the report in Markdown: goals first, then one table per work.</summary>
internal static class Tables
{
    public static string Build(
        IReadOnlyList<Work> works, IReadOnlyList<Peer> peers, Results results, Machine machine, BenchOptions options)
    {
        var text = new StringBuilder();
        var anew = string.Join(" and ", works.Where(work => work.StartsAnew).Select(work => $"`{work.Name}`"));
        var newStarts = anew.Length > 0 ? $"; {anew}: {(options.Rounds / 2) + 1} rounds, each with a new start" : "";
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            Measured with `bench/run {options.Benchmark.Name}`: {machine.Text}.

            Each relay on one core, load and backend on the other. Relays take turns: {options.Starts} × {options.Rounds} rounds of
            {options.Seconds:0.##} s, the relays restarted each time{newStarts}.
            The first round is dropped. Values are medians, with the lowest and the highest in brackets.
            bench/README.md describes the method.

            """);

        AppendSettings(text, options);
        if (results.Disturbed > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"**Other work disturbed {results.Disturbed} measurements. Run the benchmark again on a quiet machine.**").AppendLine();
        }

        if (peers.Any(peer => peer is SluicePeer))
        {
            text.AppendLine(Markdown.Table(
                ["goal", "measured", "reached"],
                options.Benchmark.Goals.Where(goal => works.Any(work => string.Equals(work.Name, goal.Work, StringComparison.Ordinal)))
                    .Select(goal => goal.Row(results))));
        }

        foreach (var work in works)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"### {char.ToUpperInvariant(work.Title[0])}{work.Title[1..]}");
            text.AppendLine();
            text.AppendLine(Markdown.Table(
                ["relay", .. work.Metrics.Select(metric => metric.Heading), "Sluice ÷ this"],
                peers.Where(peer => peer.CanDo(work)).Select(peer => Row(work, peer, results))));
        }

        return text.ToString().TrimEnd();
    }

    private static void AppendSettings(StringBuilder text, BenchOptions options)
    {
        var lines = options.SluiceSettings.Select(setting => $"every Sluice with `{setting}`")
            .Concat(options.Variants.Select(variant => $"`{variant.Name}` with `{variant.Text}`"))
            .ToArray();
        if (lines.Length > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"Changed from the defaults: {string.Join("; ", lines)}.").AppendLine();
        }
    }

    private static IReadOnlyList<string> Row(Work work, Peer peer, Results results)
    {
        if (results.Failed(work.Name, peer.Name))
        {
            return [peer.Name, "failed", .. work.Metrics.Select(_ => "–")];
        }

        var first = work.Metrics[0];
        var sluice = results.Median(work.Name, SluiceVariant.Plain.Name, first);
        var ratio = sluice / results.Median(work.Name, peer.Name, first);
        return
        [
            peer.Name,
            .. work.Metrics.Select(metric => Cell(work, peer, results, metric)),
            ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–",
        ];
    }

    // The first column, which counts, also shows its range.
    private static string Cell(Work work, Peer peer, Results results, Metric metric)
    {
        if (results.Median(work.Name, peer.Name, metric) is not { } median)
        {
            return "–";
        }

        var values = results.Sorted(work.Name, peer.Name, metric);
        return metric == work.Metrics[0]
            ? $"{metric.Write(median)} ({metric.Write(values[0])}–{metric.Write(values[^1])})"
            : metric.Write(median);
    }
}
