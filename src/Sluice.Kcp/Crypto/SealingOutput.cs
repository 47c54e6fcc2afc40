namespace Sluice.Kcp.Crypto;

/// <summary>
/// Encrypts each datagram in place and passes it to another output. Its sessions reserve <see cref="KcpPacketCrypto.Overhead"/> bytes.
/// </summary>
public sealed class SealingOutput : IKcpOutput
{
    private readonly IKcpOutput _next;
    private readonly KcpPacketCrypto _crypto;

    /// <summary>Adds encryption to an output.</summary>
    /// <param name="next">Receives the encrypted datagrams.</param>
    /// <param name="crypto">Encrypts them.</param>
    public SealingOutput(IKcpOutput next, KcpPacketCrypto crypto)
    {
        _next = next ?? throw new ArgumentNullException(nameof(next));
        _crypto = crypto ?? throw new ArgumentNullException(nameof(crypto));
    }

    /// <inheritdoc/>
    public Span<byte> GetDatagram(int size) => _next.GetDatagram(size);

    /// <inheritdoc/>
    public void Commit(Span<byte> datagram)
    {
        _crypto.Seal(datagram);
        _next.Commit(datagram);
    }
}
