namespace Sluice.Kcp.Crypto;

/// <summary>An output that encrypts each datagram in place on its way to another. Its sessions reserve <see cref="KcpPacketCrypto.Overhead"/> bytes.</summary>
public sealed class SealingOutput : IKcpOutput
{
    private readonly IKcpOutput _next;
    private readonly KcpPacketCrypto _crypto;

    /// <summary>Puts encryption in front of an output.</summary>
    /// <param name="next">Takes the encrypted datagrams.</param>
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
