using BenchmarkDotNet.Attributes;
using Sluice.Transport.WebSocket;

namespace Sluice.Transport.Bench;

/// <summary>Removes the mask of a client's payload, as the receive path does. A plain loop shows the gain from vectors.</summary>
[Config(typeof(ThroughputConfig))]
public class Unmasking
{
    private const uint Key = 0x9d3c_51f7;
    private const int Head = 14;
    private byte[] _frame = [];

    [Params(64, 1400, 16_384, 65_536)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _frame = new byte[Head + Bytes];
        new Random(1).NextBytes(_frame);
    }

    /// <summary>In place, after a head that leaves the payload unaligned.</summary>
    [Benchmark]
    public uint InPlace() => Masking.Apply(_frame.AsSpan(Head), _frame.AsSpan(Head), Key);

    /// <summary>To the front, over the head, so source and destination overlap.</summary>
    [Benchmark]
    public uint OverHead() => Masking.Apply(_frame.AsSpan(Head), _frame, Key);

    /// <summary>One byte at a time.</summary>
    [Benchmark(Baseline = true)]
    public byte[] PlainLoop()
    {
        byte[] frame = _frame;
        for (int i = 0; i < Bytes; i++)
        {
            frame[Head + i] ^= (byte)(Key >> (8 * (i & 3)));
        }

        return frame;
    }
}
