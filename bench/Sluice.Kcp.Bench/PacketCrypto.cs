using BenchmarkDotNet.Attributes;
using Sluice.Kcp.Crypto;

namespace Sluice.Kcp.Bench;

/// <summary>Measures sealing and opening one full datagram.</summary>
[MemoryDiagnoser]
public class PacketCrypto
{
    private readonly byte[] _datagram = new byte[1400];
    private readonly byte[] _sealed = new byte[1400];
    private readonly byte[] _scratch = new byte[1400];
    private KcpPacketCrypto _crypto = null!;

    [Params("aes", "aes-128", "xor", "none")]
    public string Method { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _crypto = KcpPacketCrypto.Create(Method, new byte[32]);
        _crypto.Seal(_sealed);
    }

    [Benchmark]
    public void Seal() => _crypto.Seal(_datagram);

    [Benchmark]
    public bool Open()
    {
        _sealed.CopyTo(_scratch, 0);
        return _crypto.TryOpen(_scratch, out _);
    }

    [GlobalCleanup]
    public void Cleanup() => _crypto.Dispose();
}
