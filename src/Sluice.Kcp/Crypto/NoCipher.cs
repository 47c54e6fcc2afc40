namespace Sluice.Kcp.Crypto;

/// <summary>kcp-go's "none": a nonce and a checksum, but no encryption.</summary>
internal sealed class NoCipher : PacketCipher
{
    public override void Encrypt(Span<byte> datagram)
    {
    }

    public override void Decrypt(Span<byte> datagram)
    {
    }
}
