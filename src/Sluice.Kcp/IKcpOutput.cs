namespace Sluice.Kcp;

/// <summary>
/// Where a session's datagrams go. The session writes each datagram straight into memory that this gives, so that a batch for one
/// system call needs no copy. Calls always come in pairs, <see cref="GetDatagram"/> then <see cref="Commit"/>.
/// </summary>
public interface IKcpOutput
{
    /// <summary>Memory for the next datagram. It belongs to the session until <see cref="Commit"/>.</summary>
    /// <param name="size">Bytes that the session may write, at most the mtu.</param>
    /// <returns>At least <paramref name="size"/> bytes; their contents do not matter.</returns>
    Span<byte> GetDatagram(int size);

    /// <summary>The datagram is complete: send it, or drop it where that cannot be done; KCP sends again what was needed.</summary>
    /// <param name="datagram">The first bytes of the memory last given. Its <see cref="KcpOptions.ReservedBytes"/> are for the output to fill.</param>
    void Commit(Span<byte> datagram);
}
