using System.Globalization;
using BenchmarkDotNet.Attributes;
using Sluice.Kcp.Buffers;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp.Bench;

/// <summary>
/// Restores a group that lost as many data shards as its shape allows. Bytes per second count all data shards of the group.
/// </summary>
[Config(typeof(ThroughputConfig))]
public class FecGroupRestore
{
    private readonly KcpContext _context = new();
    private FecGroup _group;
    private FecShape _shape;
    private Ring<FecShard> _restored;

    /// <summary>data+parity</summary>
    [Params("10+3", "20+10", "128+127")]
    public string Shape { get; set; } = "";

    /// <summary>Bytes of one shard.</summary>
    [Params(100, 1400)]
    public int ShardSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        int[] counts = [.. Shape.Split('+').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        _shape = new FecShape(counts[0], counts[1]);
        _group.Open(_context.Shards, 0, _shape.Total);
        var random = new Random(1);
        byte[] shard = new byte[ShardSize];
        for (int position = Math.Min(_shape.Parity, _shape.Data); position < _shape.Total; position++)
        {
            random.NextBytes(shard);
            _group.Add(_context.Shards, position, position < _shape.Data, shard);
        }
    }

    [Benchmark]
    public void Restore()
    {
        GroupSolver.Restore(ref _group, _shape, _context.Shards, ref _restored);
        while (_restored.Count > 0)
        {
            _context.Buffers.Return(_restored[0].Buffer!);
            _restored.RemoveFirst(_context.Shards.ShardLists);
        }
    }
}
