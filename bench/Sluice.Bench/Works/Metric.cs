namespace Sluice.Bench.Works;

/// <summary>A column of a table: its heading, and how its numbers are written.</summary>
internal sealed record Metric(string Heading, string Format)
{
    public static readonly Metric Busy = new("core busy", "0 %");

    public string Write(double value) => value.ToString(Format, System.Globalization.CultureInfo.InvariantCulture);
}
