using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>A UDP socket on loopback that speaks in words.</summary>
internal sealed class UdpPort : IDisposable
{
    /// <summary>Nothing takes nearly as long; it only keeps a broken link from holding up the tests for ever.</summary>
    private const int PatienceMs = 60_000;

    private readonly UdpClient _udp;

    public UdpPort(AddressFamily family = AddressFamily.InterNetwork)
        : this(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0))
    {
    }

    public UdpPort(IPEndPoint place)
    {
        _udp = new UdpClient(place);
        _udp.Client.ReceiveTimeout = PatienceMs;

        // A burst waits here as a whole where the test has to wait for a processor.
        _udp.Client.ReceiveBufferSize = 1 << 20;
    }

    public IPEndPoint EndPoint => (IPEndPoint)_udp.Client.LocalEndPoint!;

    public void Send(string word, IPEndPoint to) => _udp.Send(Encoding.UTF8.GetBytes(word), to);

    public (string Word, IPEndPoint From) Receive()
    {
        IPEndPoint? from = null;
        return (Encoding.UTF8.GetString(_udp.Receive(ref from)), from);
    }

    public void Dispose() => _udp.Dispose();
}
