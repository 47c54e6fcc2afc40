namespace Sluice.Kcp.Crypto;

/// <summary>Encrypts a datagram in place; its first 16 bytes are a nonce, so that equal datagrams differ (kcp-go: <c>BlockCrypt</c>).</summary>
internal abstract class PacketCipher : IDisposable
{
    public abstract void Encrypt(Span<byte> datagram);

    public abstract void Decrypt(Span<byte> datagram);

    public virtual void Dispose()
    {
    }
}
