using BenchmarkDotNet.Attributes;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp.Bench;

/// <summary>Measures the encoder as a session uses it: framing, sums as datagrams pass, parity copied out, pooled buffers.</summary>
[Config(typeof(ThroughputConfig))]
[MemoryDiagnoser]
public class FecGroupEncode
{
    private const int DataShards = 10;
    private readonly byte[] _parity = new byte[KcpOptions.MaxDatagram];
    private byte[] _datagram = [];
    private FecEncoder _encoder = null!;

    [Params(100, 1400)]
    public int ShardSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _encoder = new FecEncoder(new KcpContext().Shards, new FecShape(DataShards, 3));
        _datagram = new byte[ShardSize + FecHeader.Size];
        new Random(1).NextBytes(_datagram);
    }

    [Benchmark]
    public void Group()
    {
        for (int i = 0; i < DataShards; i++)
        {
            bool more = _encoder.Frame(_datagram);
            while (more)
            {
                more = _encoder.TakeParity(_parity, out _);
            }
        }
    }
}
