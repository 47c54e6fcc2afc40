namespace Sluice.Kcp.Crypto;

/// <summary>
/// Encrypts datagrams in place (kcp-go: <c>BlockCrypt</c>). Each starts with a nonce of 16 bytes, so that equal payloads differ.
/// </summary>
internal abstract class PacketCipher : IDisposable
{
    public abstract void Encrypt(Span<byte> datagram);

    public abstract void Decrypt(Span<byte> datagram);

    public virtual void Dispose()
    {
    }
}
