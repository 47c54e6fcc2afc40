using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;

namespace Sluice.Gateway.Tests.Kit;

/// <summary>A KCP client on a blocking socket.</summary>
internal sealed class KcpSocket : IKcpOutput, IDisposable
{
    private const long HungAfterMs = 60_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _datagram = new byte[KcpOptions.MaxDatagram];
    private readonly byte[] _received = new byte[KcpOptions.MaxDatagram];
    private readonly KcpSession _session;

    public KcpSocket(IPEndPoint gateway, KcpFec fec, string from = "127.0.0.1")
    {
        _socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        _socket.Connect(gateway);
        _session = new KcpSession(
            5, new KcpOptions { NoDelay = true, Interval = 10, NoCongestionWindow = true, StreamMode = true, AckNoDelay = true, Fec = fec }, new KcpContext());
    }

    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>True where a datagram waits.</summary>
    public bool HasAnswer => _socket.Available > 0;

    public void Send(ReadOnlySpan<byte> bytes)
    {
        Assert.Equal(bytes.Length, _session.Send(bytes));
        _session.Update(Environment.TickCount64, this);
    }

    public byte[] Receive(int bytes)
    {
        byte[] stream = new byte[bytes];
        long hungFrom = Environment.TickCount64 + HungAfterMs;
        for (int left = bytes; left > 0;)
        {
            Assert.True(Environment.TickCount64 < hungFrom, $"{left} of {bytes} bytes did not come");
            if (_socket.Poll(TimeSpan.FromMilliseconds(10), SelectMode.SelectRead))
            {
                int count = _socket.Receive(_received);
                _session.Input(_received.AsSpan(0, count), Environment.TickCount64);
            }

            left -= _session.Read(stream.AsSpan(bytes - left));
            _session.Update(Environment.TickCount64, this);
        }

        return stream;
    }

    public void Dispose()
    {
        _session.Dispose();
        _socket.Dispose();
    }

    Span<byte> IKcpOutput.GetDatagram(int size) => _datagram.AsSpan(0, size);

    void IKcpOutput.Commit(Span<byte> datagram) => _socket.Send(datagram);
}
