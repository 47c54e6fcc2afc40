using System.Globalization;
using Sluice.Bench.Works;

namespace Sluice.Bench.Report;

/// <summary>A figure that Sluice should reach: an absolute value, or its ratio to the best of some relays in the same run.</summary>
internal sealed record Goal(string Work, string Text, Metric Metric, double Limit, string Format, double Scale = 1)
{
    private const string Sluice = "sluice";

    public IReadOnlyList<string> Against { get; init; } = [];

    public static Goal Ratio(string work, string text, Metric metric, double limit, params string[] against) =>
        new(work, text, metric, limit, "0.00 ×") { Against = against };

    /// <summary>Returns the table row: goal, measured, reached.</summary>
    public IReadOnlyList<string> Row(Results results)
    {
        var value = Measure(results);
        return value is null
            ? [Text, "not measured", "–"]
            : [Text, value.Value.ToString(Format, CultureInfo.InvariantCulture), value <= Limit ? "yes" : "**no**"];
    }

    private double? Measure(Results results)
    {
        var own = results.Median(Work, Sluice, Metric) * Scale;
        if (Against.Count == 0)
        {
            return own;
        }

        // "The better of two" requires that both were measured.
        var others = Against.Select(peer => results.Median(Work, peer, Metric)).ToArray();
        return others.Contains(null) ? null : own / others.Min();
    }
}
