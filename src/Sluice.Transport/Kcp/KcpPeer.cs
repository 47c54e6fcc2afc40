namespace Sluice.Transport.Kcp;

/// <summary>What names a KCP session on one UDP port: who sends, and the conversation's number.</summary>
internal readonly record struct KcpPeer(NetworkAddress Address, uint Conv)
{
    /// <summary>Seeded, unlike a record's own: who chooses the number must not choose the place in the table.</summary>
    public override int GetHashCode() => HashCode.Combine(Address, Conv);
}
