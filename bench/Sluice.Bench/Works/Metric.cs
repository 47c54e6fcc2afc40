namespace Sluice.Bench.Works;

/// <summary>A column of a table: its heading and its number format.</summary>
internal sealed record Metric(string Heading, string Format)
{
    public static readonly Metric Busy = new("core busy", "0 %");

    /// <summary>Formats a value. NaN means that the metric does not apply to this relay.</summary>
    public string Write(double value) =>
        double.IsNaN(value) ? "–" : value.ToString(Format, System.Globalization.CultureInfo.InvariantCulture);
}
