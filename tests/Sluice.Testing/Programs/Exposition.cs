using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Testing.Programs;

/// <summary>Parses the Prometheus text format 0.0.4 as strictly as its specification.</summary>
internal static partial class Exposition
{
    /// <summary>Returns each sample by name and labels. Invalid text fails the test.</summary>
    public static Dictionary<string, double> Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        string? help = null;
        string? current = null;
        foreach (string line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } described)
            {
                help = described.Groups["name"].Value;
            }
            else if (Type().Match(line) is { Success: true } typed)
            {
                current = typed.Groups["name"].Value;
                Assert.Equal(help, current);
                Assert.True(types.TryAdd(current, typed.Groups["type"].Value), $"{current} is described twice");
                Assert.Equal(types[current] == "counter", current.EndsWith("_total", StringComparison.Ordinal));
            }
            else
            {
                Match sample = Sample().Match(line);
                Assert.True(sample.Success, $"not a valid line: {line}");
                Assert.Equal(current, sample.Groups["name"].Value);
                double value = double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture);
                Assert.True(samples.TryAdd(sample.Groups["series"].Value, value), $"appears twice: {line}");
            }
        }

        return samples;
    }

    [GeneratedRegex("^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) ([^\\\\]|\\\\\\\\|\\\\n)+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Type();

    [GeneratedRegex(
        """^(?<series>(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"""
        + """(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\\\|\\"|\\n)*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\\\|\\"|\\n)*")*\})?)"""
        + """ (?<value>-?[0-9]+(\.[0-9]+)?(E[+-][0-9]+)?)$""",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Sample();
}
