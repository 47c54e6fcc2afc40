namespace Sluice.Bench.Works;

/// <summary>What one measurement gave, by metric.</summary>
internal sealed class Sample : Dictionary<Metric, double>;
