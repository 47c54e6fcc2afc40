using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Sluice.Bench.Throughput;

namespace Sluice.Kcp.Bench;

/// <summary>Adds a column with gigabytes of data shards per second.</summary>
public sealed class ThroughputConfig : ManualConfig
{
    public ThroughputConfig() => AddColumn(new GigabytesPerSecond("10^9 bytes of data shards per second", BytesPerCall));

    private static double BytesPerCall(BenchmarkCase benchmarkCase)
    {
        object? shape = benchmarkCase.Parameters.Items.FirstOrDefault(p => p.Name == "Shape")?.Value;
        int shards = shape is string text ? int.Parse(text.Split('+')[0], CultureInfo.InvariantCulture) : 10;
        return (double)shards * (int)benchmarkCase.Parameters["ShardSize"];
    }
}
