using Sluice.Kcp;
using Sluice.Kcp.Crypto;

namespace Sluice.Fuzz;

/// <summary>An encrypted datagram: it opens, or it does not. The first byte of an input chooses the method.</summary>
internal sealed class CryptTarget : FuzzTarget
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];

    private readonly KcpPacketCrypto[] _methods = [.. KcpPacketCrypto.Methods.Select(method => KcpPacketCrypto.Create(method, Key))];
    private readonly byte[] _copy = new byte[2048];

    public CryptTarget() =>
        Corpus =
        [
            .. _methods.SelectMany((crypto, method) => new[] { 0, 1, 24, 40 }.Select(length =>
            {
                byte[] sealedOne = new byte[KcpPacketCrypto.Overhead + length];
                crypto.Seal(sealedOne);
                return (byte[])[(byte)method, .. sealedOne];
            })),
        ];

    public override string Name => "crypt";

    public override IReadOnlyList<byte[]> Corpus { get; }

    public override void Check(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty || input.Length > _copy.Length)
        {
            return;
        }

        KcpPacketCrypto crypto = _methods[input[0] % _methods.Length];
        Span<byte> datagram = _copy.AsSpan(0, input.Length - 1);
        input[1..].CopyTo(datagram);
        bool opened = crypto.TryOpen(datagram, out Span<byte> payload);
        Require(!opened || payload.Length == datagram.Length - KcpPacketCrypto.Overhead, "what opens is the datagram without its head");
        Require(!opened || datagram.Length <= KcpOptions.MaxDatagram, "nothing longer than a datagram opens");
    }
}
