using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;

namespace KcpEchoServer;

/// <summary>One session and the address of its client.</summary>
internal sealed class Client(UdpClient udp, IPEndPoint place, KcpSession session) : IKcpOutput, IDisposable
{
    private const long IdleMs = 60_000;

    private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];
    private long _lastHeard = Environment.TickCount64;

    /// <summary>Whether the client is gone. KCP has no message for the end of a session, so a server must detect it.</summary>
    public bool IsGone => session.IsDead || Environment.TickCount64 - _lastHeard > IdleMs;

    public void Take(byte[] datagram)
    {
        if (session.Input(datagram, Environment.TickCount64) == KcpInputResult.Accepted)
        {
            _lastHeard = Environment.TickCount64;
        }
    }

    /// <summary>Echoes the available bytes as far as the client accepts them, and sends what is due.</summary>
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
