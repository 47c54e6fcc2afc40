using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Sluice.Bench.Throughput;

/// <summary>A column with gigabytes (10⁹ bytes) per second, for benchmarks whose calls each process a known number of bytes.</summary>
/// <param name="legend">Description of the bytes that are counted.</param>
/// <param name="bytesPerCall">Bytes per call, given the parameters of the benchmark.</param>
internal sealed class GigabytesPerSecond(string legend, Func<BenchmarkCase, double> bytesPerCall) : IColumn
{
    public string Id => nameof(GigabytesPerSecond);

    public string ColumnName => "GB/s";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics?.Median is { } nanoseconds
            ? (bytesPerCall(benchmarkCase) / nanoseconds).ToString("F2", CultureInfo.InvariantCulture)
            : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
