using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Kcp.Crypto;

/// <summary>kcp-go's "xor": every datagram under the same 1500 bytes. It hides, it does not protect.</summary>
internal sealed class XorCipher : PacketCipher
{
    private const int Iterations = 32;
    private readonly byte[] _table;

    public XorCipher(byte[] key) =>
        _table = KcpKey.Pbkdf2(key, Encoding.ASCII.GetBytes("sH3CIVoF#rWLtJo6"), Iterations, KcpOptions.MaxDatagram);

    public override void Encrypt(Span<byte> datagram) => Apply(datagram);

    public override void Decrypt(Span<byte> datagram) => Apply(datagram);

    private void Apply(Span<byte> datagram)
    {
        ReadOnlySpan<byte> table = _table.AsSpan(0, datagram.Length);
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(datagram);
        ReadOnlySpan<ulong> tableWords = MemoryMarshal.Cast<byte, ulong>(table);
        for (int i = 0; i < words.Length; i++)
        {
            words[i] ^= tableWords[i];
        }

        for (int i = words.Length * sizeof(ulong); i < datagram.Length; i++)
        {
            datagram[i] ^= table[i];
        }
    }
}
