using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;

namespace KcpEchoServer;

/// <summary>One session, and where its datagrams go.</summary>
internal sealed class Client(UdpClient udp, IPEndPoint place, KcpSession session) : IKcpOutput, IDisposable
{
    private const long IdleMs = 60_000;

    private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];
    private long _lastHeard = Environment.TickCount64;

    /// <summary>KCP has no goodbye: a server finds out by itself that a client is gone.</summary>
    public bool IsGone => session.IsDead || Environment.TickCount64 - _lastHeard > IdleMs;

    public void Take(byte[] datagram)
    {
        if (session.Input(datagram, Environment.TickCount64) == KcpInputResult.Accepted)
        {
            _lastHeard = Environment.TickCount64;
        }
    }

    /// <summary>Echoes what is there as far as the other side takes it, and sends what is due.</summary>
    public void Run()
    {
        while (session.TryPeek(out ReadOnlyMemory<byte> bytes) && session.Send(bytes.Span) is var taken and > 0)
        {
            session.Consume(taken);
        }

        session.Update(Environment.TickCount64, this);
    }

    public void Dispose() => session.Dispose();

    Span<byte> IKcpOutput.GetDatagram(int size) => _buffer;

    void IKcpOutput.Commit(Span<byte> datagram) => udp.Send(datagram, place);
}
