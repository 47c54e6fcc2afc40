#if NET
using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using AesInstructions = System.Runtime.Intrinsics.X86.Aes;

namespace Sluice.Kcp.Crypto;

/// <summary>The round keys of AES-128, 192 and 256 (FIPS 197, 5.2).</summary>
internal static class AesKeySchedule
{
    public static Vector128<byte>[] Expand(ReadOnlySpan<byte> key)
    {
        int keyWords = key.Length / 4;
        int rounds = keyWords + 6;
        var words = new uint[4 * (rounds + 1)];
        for (int i = 0; i < keyWords; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(key.Slice(4 * i));
        }

        uint constant = 1;
        for (int i = keyWords; i < words.Length; i++)
        {
            uint word = words[i - 1];
            if (i % keyWords == 0)
            {
                word = Substitute((word >> 8) | (word << 24)) ^ constant;
                constant = (constant << 1) ^ (constant >= 0x80 ? 0x11bu : 0);
            }
            else if (keyWords > 6 && i % keyWords == 4)
            {
                word = Substitute(word);
            }

            words[i] = words[i - keyWords] ^ word;
        }

        var keys = new Vector128<byte>[rounds + 1];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = Vector128.Create(words[4 * i], words[(4 * i) + 1], words[(4 * i) + 2], words[(4 * i) + 3]).AsByte();
        }

        return keys;
    }

    // The key generation instruction applies the S-box to its second word.
    private static uint Substitute(uint word) =>
        AesInstructions.KeygenAssist(Vector128.Create(0, word, 0, 0).AsByte(), 0).AsUInt32()[0];
}
#endif
