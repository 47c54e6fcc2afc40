using System.Net.Sockets;
using Sluice.Kcp;

namespace KcpClient;

/// <summary>Sends the session's datagrams. The session writes each one into the buffer first.</summary>
internal sealed class UdpOutput(UdpClient udp) : IKcpOutput
{
    private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];

    public Span<byte> GetDatagram(int size) => _buffer;

    public void Commit(Span<byte> datagram) => udp.Send(datagram);
}
