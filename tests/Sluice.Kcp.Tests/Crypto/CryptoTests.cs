using System.Security.Cryptography;
using System.Text;
using Sluice.Kcp.Crypto;
using Xunit;

namespace Sluice.Kcp.Tests.Crypto;

public class CryptoTests
{
    private static readonly byte[] Key = KcpKey.Derive("it's a secrect");

    public static TheoryData<string> Methods => [.. KcpPacketCrypto.Methods];

    [Fact]
    public void The_checksum_is_that_of_ieee() => Assert.Equal(0xcbf43926u, Crc32.Compute("123456789"u8));

    [Theory]
    [MemberData(nameof(Methods))]
    public void Sealed_datagrams_of_every_length_can_be_opened(string method)
    {
        using var crypto = KcpPacketCrypto.Create(method, Key);
        var random = new Random(1);
        for (int length = 0; length <= 1400; length += length < 100 ? 1 : 37)
        {
            var datagram = new byte[KcpPacketCrypto.Overhead + length];
            random.NextBytes(datagram.AsSpan(KcpPacketCrypto.Overhead));
            byte[] before = [.. datagram];
            crypto.Seal(datagram);
            Assert.True(crypto.TryOpen(datagram, out Span<byte> payload));
            Assert.True(payload.SequenceEqual(before.AsSpan(KcpPacketCrypto.Overhead)));
        }
    }

    // The nonce is fixed: a changed bit garbles the block behind it, and one garbled block in 2^32 has the right checksum.
    [Theory]
    [MemberData(nameof(Methods))]
    public void A_changed_bit_does_not_open(string method)
    {
        using var crypto = KcpPacketCrypto.Create(method, Key);
        var sealedOne = new byte[100];
        crypto.Seal(sealedOne, new byte[16]);
        for (int i = KcpPacketCrypto.Overhead; i < sealedOne.Length; i++)
        {
            byte[] changed = [.. sealedOne];
            changed[i] ^= 0x10;
            Assert.False(crypto.TryOpen(changed, out _));
        }
    }

    [Fact]
    public void Garbage_of_every_length_does_not_open()
    {
        using var crypto = KcpPacketCrypto.Create("aes", Key);
        var random = new Random(1);
        for (int length = 0; length < 1600; length++)
        {
            byte[] garbage = new byte[length];
            random.NextBytes(garbage);
            Assert.False(crypto.TryOpen(garbage, out _));
        }
    }

    [Fact]
    public void Equal_payloads_look_different()
    {
        using var crypto = KcpPacketCrypto.Create("aes", Key);
        var first = new byte[64];
        var second = new byte[64];
        crypto.Seal(first);
        crypto.Seal(second);
        Assert.NotEqual(first, second);
    }

#if !NETSTANDARD_BUILD
    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    public void The_processor_and_the_framework_agree_about_aes(int keyLength)
    {
        Assert.SkipUnless(AesCipher.IsSupported, "no AES instructions");
        var random = new Random(keyLength);
        byte[] key = new byte[keyLength];
        random.NextBytes(key);
        using var fast = new AesCipher(key);
        using var plain = new FeedbackCipher(Aes.Create(), key);
        for (int length = 1; length < 300; length++)
        {
            byte[] a = new byte[length];
            random.NextBytes(a);
            byte[] original = [.. a];
            byte[] b = [.. a];
            fast.Encrypt(a);
            plain.Encrypt(b);
            Assert.Equal(b, a);
            fast.Decrypt(a);
            plain.Decrypt(b);
            Assert.Equal(original, a);
            Assert.Equal(original, b);
        }
    }
#endif

    [Fact]
    public void The_feedback_mode_is_the_framework_s_own_cfb()
    {
        using var aes = Aes.Create();
        aes.Key = Key;
        byte[] text = new byte[160];
        new Random(1).NextBytes(text);
        byte[] expected = aes.EncryptCfb(text, FeedbackCipher.InitialVector.ToArray(), PaddingMode.None, 128);
        using var cipher = new FeedbackCipher(Aes.Create(), Key);
        cipher.Encrypt(text);
        Assert.Equal(expected, text);
    }

    [Fact]
    public void Unknown_names_and_wrong_keys_are_rejected()
    {
        Assert.Throws<ArgumentException>(() => KcpPacketCrypto.Create("rot13", Key));
        Assert.Throws<ArgumentException>(() => KcpPacketCrypto.Create("aes", new byte[16]));
    }

    [Fact]
    public void The_key_is_kcptun_s() =>
        Assert.Equal(
            Rfc2898DeriveBytes.Pbkdf2("a", Encoding.ASCII.GetBytes("kcp-go"), 4096, HashAlgorithmName.SHA1, 32), KcpKey.Derive("a"));
}
