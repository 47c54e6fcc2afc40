namespace Sluice.Bench.Works;

/// <summary>A column of a table: its heading, and how its numbers are written.</summary>
internal sealed record Metric(string Heading, string Format)
{
    public static readonly Metric Busy = new("core busy", "0 %");

    /// <summary>What is not a number does not apply to this relay.</summary>
    public string Write(double value) => double.IsNaN(value) ? "–" : value.ToString(Format, System.Globalization.CultureInfo.InvariantCulture);
}
