namespace Sluice.Bench.Works;

/// <summary>The values of one measurement, by metric.</summary>
internal sealed class Sample : Dictionary<Metric, double>;
