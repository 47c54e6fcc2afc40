using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Kcp.Crypto;

/// <summary>kcp-go's "xor": combines every datagram with the same 1500 bytes. It obscures, but does not protect.</summary>
internal sealed class XorCipher : PacketCipher
{
    private const int Iterations = 32;

    // Computing the table takes a millisecond. A gateway has one key, and a cipher for each session that it dials.
    private static Derived? _last;

    private readonly byte[] _table;

    public XorCipher(byte[] key)
    {
        Derived? last = _last;
        if (last is null || !last.Key.AsSpan().SequenceEqual(key))
        {
            _last = last = new Derived(
                (byte[])key.Clone(), KcpKey.Pbkdf2(key, Encoding.ASCII.GetBytes("sH3CIVoF#rWLtJo6"), Iterations, KcpOptions.MaxDatagram));
        }

        _table = last.Table;
    }

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

    private sealed class Derived(byte[] key, byte[] table)
    {
        public byte[] Key => key;

        public byte[] Table => table;
    }
}
