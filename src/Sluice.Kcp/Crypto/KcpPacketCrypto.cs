using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sluice.Kcp.Crypto;

/// <summary>
/// kcp-go's packet encryption: 16 bytes of nonce, 4 bytes of CRC-32, then the KCP or FEC datagram, all of it encrypted. One instance serves
/// all sessions of a loop. Not thread-safe.
/// </summary>
/// <remarks>
/// Like kcptun's, it keeps strangers out and lets garbage go unanswered. It does not replace TLS: the checksum is not a MAC, and recorded
/// datagrams can be replayed.
/// </remarks>
public sealed class KcpPacketCrypto : IDisposable
{
    /// <summary>Bytes before the payload. Set <see cref="KcpOptions.ReservedBytes"/> to it.</summary>
    public const int Overhead = NonceSize + ChecksumSize;

    private const int NonceSize = 16;
    private const int ChecksumSize = 4;
    private const int KeySize = 32;
    private readonly PacketCipher _cipher;

    // Small, because each session to a KCP backend has its own.
    private readonly byte[] _nonces = new byte[32 * NonceSize];
    private int _nonceOffset;

    private KcpPacketCrypto(PacketCipher cipher)
    {
        _cipher = cipher;
        _nonceOffset = _nonces.Length;
    }

    /// <summary>The names that <see cref="Create"/> accepts; they are kcptun's.</summary>
    public static IReadOnlyList<string> Methods { get; } = new[] { "aes", "aes-128", "aes-192", "3des", "xor", "none" };

    /// <summary>Creates the encryption that kcptun calls by this name.</summary>
    /// <param name="method">One of <see cref="Methods"/>; "aes" is AES-256.</param>
    /// <param name="key">32 bytes, for example from <see cref="KcpKey.Derive"/>. Shorter ciphers use the first of them.</param>
    /// <returns>The encryption.</returns>
    /// <exception cref="ArgumentException">The name is unknown or the key is not 32 bytes long.</exception>
    public static KcpPacketCrypto Create(string method, ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize)
        {
            throw new ArgumentException("the key must have 32 bytes", nameof(key));
        }

        return new KcpPacketCrypto(method switch
        {
            "aes" => CreateAes(key),
            "aes-128" => CreateAes(key.Slice(0, 16)),
            "aes-192" => CreateAes(key.Slice(0, 24)),
            "3des" => CreateTripleDes(key.Slice(0, 24)),
            "xor" => new XorCipher(key.ToArray()),
            "none" => new NoCipher(),
            _ => throw new ArgumentException($"unknown encryption; known are {string.Join(", ", Methods)}", nameof(method)),
        });
    }

    /// <summary>Fills in the first <see cref="Overhead"/> bytes, and encrypts the datagram in place.</summary>
    /// <param name="datagram">Space for the header, then the payload.</param>
    public void Seal(Span<byte> datagram)
    {
        if (_nonceOffset == _nonces.Length)
        {
            RandomNumberGenerator.Fill(_nonces);
            _nonceOffset = 0;
        }

        Seal(datagram, _nonces.AsSpan(_nonceOffset, NonceSize));
        _nonceOffset += NonceSize;
    }

    /// <summary>Does the same with a chosen nonce.</summary>
    internal void Seal(Span<byte> datagram, ReadOnlySpan<byte> nonce)
    {
        nonce.CopyTo(datagram);
        BinaryPrimitives.WriteUInt32LittleEndian(datagram.Slice(NonceSize), Crc32.Compute(datagram.Slice(Overhead)));
        _cipher.Encrypt(datagram);
    }

    /// <summary>Decrypts a datagram in place, and verifies its checksum.</summary>
    /// <param name="datagram">Any bytes. They are overwritten.</param>
    /// <param name="payload">The KCP or FEC datagram.</param>
    /// <returns>False if the datagram was not encrypted with this key.</returns>
    public bool TryOpen(Span<byte> datagram, out Span<byte> payload)
    {
        payload = default;
        if (datagram.Length is < Overhead or > KcpOptions.MaxDatagram)
        {
            return false;
        }

        _cipher.Decrypt(datagram);
        payload = datagram.Slice(Overhead);
        return BinaryPrimitives.ReadUInt32LittleEndian(datagram.Slice(NonceSize)) == Crc32.Compute(payload);
    }

    /// <inheritdoc/>
    public void Dispose() => _cipher.Dispose();

    private static PacketCipher CreateAes(ReadOnlySpan<byte> key)
    {
#if NET
        if (AesCipher.IsSupported)
        {
            return new AesCipher(key.ToArray());
        }
#endif
        return new FeedbackCipher(Aes.Create(), key.ToArray());
    }

    [SuppressMessage("Security", "CA5350:Do not use weak cryptographic algorithms", Justification = "For peers that use it.")]
    private static FeedbackCipher CreateTripleDes(ReadOnlySpan<byte> key) => new(TripleDES.Create(), key.ToArray());
}
