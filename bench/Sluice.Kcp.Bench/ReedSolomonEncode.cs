using BenchmarkDotNet.Attributes;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp.Bench;

/// <summary>Computes the parity of a whole group with each kernel. Bytes per second count the data, not the parity.</summary>
[Config(typeof(ThroughputConfig))]
public class ReedSolomonEncode
{
    private readonly byte[][] _data = new byte[30][];
    private readonly byte[][] _parity = new byte[15][];
    private ReedSolomon _code = null!;

    /// <summary>data+parity</summary>
    [Params("10+3", "30+15")]
    public string Shape { get; set; } = "";

    /// <summary>Bytes of one shard.</summary>
    [Params(1400)]
    public int ShardSize { get; set; }

    internal long BytesPerOperation => (long)int.Parse(Shape.Split('+')[0]) * ShardSize;

    [GlobalSetup]
    public void Setup()
    {
        int[] counts = [.. Shape.Split('+').Select(int.Parse)];
        _code = new ReedSolomon(new FecShape(counts[0], counts[1]));
        var random = new Random(1);
        for (int i = 0; i < _data.Length; i++)
        {
            random.NextBytes(_data[i] = new byte[ShardSize]);
        }

        for (int i = 0; i < _parity.Length; i++)
        {
            _parity[i] = new byte[ShardSize];
        }
    }

    [Benchmark(Baseline = true)]
    public void Portable()
    {
        for (int j = 0; j < _code.Shape.Data; j++)
        {
            for (int i = 0; i < _code.Shape.Parity; i++)
            {
                PortableKernel.MultiplyAdd(_code.Coefficient(i, j), _data[j], _parity[i]);
            }
        }
    }

    [Benchmark]
    public void Avx2()
    {
        for (int j = 0; j < _code.Shape.Data; j++)
        {
            for (int i = 0; i < _code.Shape.Parity; i++)
            {
                Avx2Kernel.MultiplyAdd(_code.Coefficient(i, j), _data[j], _parity[i]);
            }
        }
    }

    [Benchmark]
    public void Gfni()
    {
        for (int j = 0; j < _code.Shape.Data; j++)
        {
            for (int i = 0; i < _code.Shape.Parity; i++)
            {
                GfniKernel.MultiplyAdd(_code.Coefficient(i, j), _data[j], _parity[i]);
            }
        }
    }
}
