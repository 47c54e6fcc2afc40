#if NET
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AesInstructions = System.Runtime.Intrinsics.X86.Aes;

namespace Sluice.Kcp.Crypto;

/// <summary>
/// <see cref="FeedbackCipher"/> for AES by the processor's AES instructions. A call of the framework for each 16-byte block costs many
/// times the block itself.
/// </summary>
internal sealed class AesCipher : PacketCipher
{
    private readonly Vector128<byte>[] _keys;

    public AesCipher(byte[] key) => _keys = AesKeySchedule.Expand(key);

    public static bool IsSupported => AesInstructions.IsSupported;

    public override void Encrypt(Span<byte> datagram)
    {
        Vector128<byte> previous = Vector128.Create(FeedbackCipher.InitialVector);
        ref byte start = ref MemoryMarshal.GetReference(datagram);
        int i = 0;
        for (; i <= datagram.Length - 16; i += 16)
        {
            previous = Block(previous) ^ Vector128.LoadUnsafe(ref start, (nuint)i);
            previous.StoreUnsafe(ref start, (nuint)i);
        }

        Tail(datagram.Slice(i), previous);
    }

    public override void Decrypt(Span<byte> datagram)
    {
        Vector128<byte> previous = Vector128.Create(FeedbackCipher.InitialVector);
        ref byte start = ref MemoryMarshal.GetReference(datagram);
        int i = 0;

        // Unlike in encryption, the blocks do not depend on each other. Four at a time fill the pipeline.
        for (; i <= datagram.Length - 64; i += 64)
        {
            Vector128<byte> first = Vector128.LoadUnsafe(ref start, (nuint)i);
            Vector128<byte> second = Vector128.LoadUnsafe(ref start, (nuint)i + 16);
            Vector128<byte> third = Vector128.LoadUnsafe(ref start, (nuint)i + 32);
            Vector128<byte> fourth = Vector128.LoadUnsafe(ref start, (nuint)i + 48);
            Vector128<byte> a = previous ^ _keys[0];
            Vector128<byte> b = first ^ _keys[0];
            Vector128<byte> c = second ^ _keys[0];
            Vector128<byte> d = third ^ _keys[0];
            for (int round = 1; round < _keys.Length - 1; round++)
            {
                a = AesInstructions.Encrypt(a, _keys[round]);
                b = AesInstructions.Encrypt(b, _keys[round]);
                c = AesInstructions.Encrypt(c, _keys[round]);
                d = AesInstructions.Encrypt(d, _keys[round]);
            }

            Vector128<byte> last = _keys[^1];
            (AesInstructions.EncryptLast(a, last) ^ first).StoreUnsafe(ref start, (nuint)i);
            (AesInstructions.EncryptLast(b, last) ^ second).StoreUnsafe(ref start, (nuint)i + 16);
            (AesInstructions.EncryptLast(c, last) ^ third).StoreUnsafe(ref start, (nuint)i + 32);
            (AesInstructions.EncryptLast(d, last) ^ fourth).StoreUnsafe(ref start, (nuint)i + 48);
            previous = fourth;
        }

        for (; i <= datagram.Length - 16; i += 16)
        {
            Vector128<byte> cipherText = Vector128.LoadUnsafe(ref start, (nuint)i);
            (Block(previous) ^ cipherText).StoreUnsafe(ref start, (nuint)i);
            previous = cipherText;
        }

        Tail(datagram.Slice(i), previous);
    }

    private Vector128<byte> Block(Vector128<byte> state)
    {
        state ^= _keys[0];
        for (int round = 1; round < _keys.Length - 1; round++)
        {
            state = AesInstructions.Encrypt(state, _keys[round]);
        }

        return AesInstructions.EncryptLast(state, _keys[^1]);
    }

    private void Tail(Span<byte> tail, Vector128<byte> previous)
    {
        Vector128<byte> stream = Block(previous);
        for (int i = 0; i < tail.Length; i++)
        {
            tail[i] ^= stream[i];
        }
    }
}
#endif
