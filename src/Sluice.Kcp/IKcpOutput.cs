namespace Sluice.Kcp;

/// <summary>
/// Sends the datagrams of a session. The session writes each datagram into memory of the output, so that a batch for one system call needs
/// no copy. Calls always come in pairs: <see cref="GetDatagram"/>, then <see cref="Commit"/>.
/// </summary>
public interface IKcpOutput
{
    /// <summary>Returns memory for the next datagram. It belongs to the session until <see cref="Commit"/>.</summary>
    /// <param name="size">Bytes that the session may write, at most the mtu.</param>
    /// <returns>At least <paramref name="size"/> bytes; their contents do not matter.</returns>
    Span<byte> GetDatagram(int size);

    /// <summary>Sends a complete datagram, or drops it if that is impossible: KCP resends what the peer needs.</summary>
    /// <param name="datagram">
    /// The first bytes of the memory returned last. The output fills in its first <see cref="KcpOptions.ReservedBytes"/>.
    /// </param>
    void Commit(Span<byte> datagram);
}
