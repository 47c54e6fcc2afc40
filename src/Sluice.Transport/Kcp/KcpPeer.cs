namespace Sluice.Transport.Kcp;

/// <summary>Identifies a KCP session on one UDP port: the sender, and the number of the conversation.</summary>
internal readonly record struct KcpPeer(NetworkAddress Address, uint Conv)
{
    /// <summary>Seeded, unlike a record's own: whoever chooses the number must not choose its place in a table.</summary>
    public override int GetHashCode() => HashCode.Combine(Address, Conv);
}
