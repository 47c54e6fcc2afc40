using System.Net.Sockets;
using Sluice.Kcp;

namespace KcpClient;

/// <summary>Where the session's datagrams go: it writes each one into the buffer, and then they are sent.</summary>
internal sealed class UdpOutput(UdpClient udp) : IKcpOutput
{
    private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];

    public Span<byte> GetDatagram(int size) => _buffer;

    public void Commit(Span<byte> datagram) => udp.Send(datagram);
}
