using BenchmarkDotNet.Configs;
using Sluice.Bench.Throughput;

namespace Sluice.Transport.Bench;

/// <summary>Adds a column with gigabytes of payload per second.</summary>
public sealed class ThroughputConfig : ManualConfig
{
    public ThroughputConfig() =>
        AddColumn(new GigabytesPerSecond(
            "10^9 bytes of payload per second", benchmark => (int)benchmark.Parameters[nameof(Unmasking.Bytes)]));
}
