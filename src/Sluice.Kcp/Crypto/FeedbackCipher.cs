using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sluice.Kcp.Crypto;

/// <summary>
/// CFB over a block cipher of the framework, with whole blocks and a shorter tail. The initial vector is fixed, as in kcp-go: the nonce at
/// the start of each datagram makes two datagrams differ.
/// </summary>
internal sealed class FeedbackCipher : PacketCipher
{
    private const int MaxBlock = 16;
    private readonly SymmetricAlgorithm _algorithm;
    private readonly ICryptoTransform _block;
    private readonly int _size;
    private readonly byte[] _input = new byte[KcpOptions.MaxDatagram + MaxBlock];
    private readonly byte[] _output = new byte[KcpOptions.MaxDatagram + MaxBlock];

    [SuppressMessage("Security", "CA5358:Review cipher mode usage",
        Justification = "ECB is the bare block cipher that this class builds its feedback mode on.")]
    public FeedbackCipher(SymmetricAlgorithm algorithm, byte[] key)
    {
        _algorithm = algorithm;
        algorithm.Mode = CipherMode.ECB;
        algorithm.Padding = PaddingMode.None;
        algorithm.Key = key;
        _block = algorithm.CreateEncryptor();
        _size = algorithm.BlockSize / 8;
    }

    internal static ReadOnlySpan<byte> InitialVector =>
        [0xa7, 0x73, 0x4f, 0x9c, 0x12, 0xac, 0x1b, 0x01, 0xa4, 0x15, 0xf2, 0xc1, 0xfc, 0x78, 0xe6, 0x6b];

    public override void Encrypt(Span<byte> datagram)
    {
        InitialVector.Slice(0, _size).CopyTo(_input);
        while (datagram.Length > 0)
        {
            _block.TransformBlock(_input, 0, _size, _output, 0);
            int count = Math.Min(_size, datagram.Length);
            for (int i = 0; i < count; i++)
            {
                datagram[i] ^= _output[i];
                _input[i] = datagram[i];
            }

            datagram = datagram.Slice(count);
        }
    }

    // The key stream of a datagram is its own encrypted cipher text, one block later, so one call computes all of it.
    public override void Decrypt(Span<byte> datagram)
    {
        int blocks = (datagram.Length + _size - 1) / _size * _size;
        InitialVector.Slice(0, _size).CopyTo(_input);
        datagram.CopyTo(_input.AsSpan(_size));
        _block.TransformBlock(_input, 0, blocks, _output, 0);
        for (int i = 0; i < datagram.Length; i++)
        {
            datagram[i] ^= _output[i];
        }
    }

    public override void Dispose()
    {
        _block.Dispose();
        _algorithm.Dispose();
        base.Dispose();
    }
}
