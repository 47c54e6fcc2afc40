using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>A plain UDP socket that speaks with one address.</summary>
internal class UdpPeer : IDisposable
{
    private readonly byte[] _buffer = new byte[4096];

    public UdpPeer(IPEndPoint server, IPAddress? from = null, int port = 0)
    {
        from ??= server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        Socket = new Socket(from.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 * 1024 * 1024 };
        Socket.Bind(new IPEndPoint(from, port));
        Socket.Connect(server);
    }

    public Socket Socket { get; }

    public NetworkAddress Address => NetworkAddress.From((IPEndPoint)Socket.LocalEndPoint!);

    public void SendDatagram(ReadOnlySpan<byte> datagram) => Socket.Send(datagram);

    /// <summary>Waits for a datagram.</summary>
    public async Task<byte[]> ReceiveDatagramAsync()
    {
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        int length = await Socket.ReceiveAsync(_buffer, SocketFlags.None, hung.Token);
        return _buffer[..length];
    }

    /// <summary>A datagram that has arrived already, or null.</summary>
    public byte[]? TakeDatagram() => Socket.Poll(0, SelectMode.SelectRead) ? _buffer[..Socket.Receive(_buffer)] : null;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Socket.Dispose();
        }
    }
}
