using System.Net;
using System.Net.Sockets;
using Sluice.Kcp.Crypto;
using Sluice.Kcp.Simulation;

namespace Sluice.Kcp.Tests.Interop;

/// <summary>
/// One session on a real UDP socket, turned by hand: receive, let the application act, send, wait. Loses datagrams both ways on purpose.
/// </summary>
internal sealed class UdpPump : IKcpOutput, IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _incoming = new byte[2048];
    private readonly byte[] _outgoing = new byte[KcpOptions.MaxDatagram];
    private readonly InteropCase _case;
    private readonly SimulationRandom _loss;
    private readonly KcpPacketCrypto? _crypto;
    private readonly IKcpOutput _output;
    private SocketAddress? _remote;

    public UdpPump(InteropCase settings, ulong seed)
    {
        _case = settings;
        _loss = new SimulationRandom(seed);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.ReceiveBufferSize = 1 << 20;
        _output = this;
        if (settings.Crypt.Length > 0)
        {
            _crypto = KcpPacketCrypto.Create(settings.Crypt, KcpKey.Derive(InteropCase.Passphrase));
            _output = new SealingOutput(this, _crypto);
        }
    }

    public KcpContext Context { get; } = new();

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public KcpSession? Session { get; private set; }

    private double Loss => _case.LossPercent / 100.0;

    public void Dial(int port, uint conv)
    {
        _remote = new IPEndPoint(IPAddress.Loopback, port).Serialize();
        Session = new KcpSession(conv, _case.Options(asServer: false), Context);
    }

    /// <summary>Turns until the application says it is done.</summary>
    public void Run(Func<KcpSession, bool> turn, TimeSpan limit)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (true)
        {
            long now = Environment.TickCount64;
            if (now > end)
            {
                throw new TimeoutException($"{_case}: backlog {Session?.SendBacklog}, readable {Session?.ReadableBytes}");
            }

            while (_socket.Available > 0)
            {
                Receive(now);
            }

            long next = end;
            if (Session is { } session)
            {
                bool done = turn(session);
                session.Update(now, _output);
                if (done)
                {
                    return;
                }

                next = Math.Min(session.NextUpdate(now), end);
            }

            int wait = (int)Math.Clamp(next - now, 0, 20);
            _socket.Poll(wait * 1000, SelectMode.SelectRead);
        }
    }

    Span<byte> IKcpOutput.GetDatagram(int size) => _outgoing;

    void IKcpOutput.Commit(Span<byte> datagram)
    {
        if (!_loss.Happens(Loss))
        {
            _socket.SendTo(datagram, SocketFlags.None, _remote!);
        }
    }

    public void Dispose()
    {
        Session?.Dispose();
        _crypto?.Dispose();
        _socket.Dispose();
    }

    private void Receive(long now)
    {
        var from = new SocketAddress(AddressFamily.InterNetwork);
        int length = _socket.ReceiveFrom(_incoming, SocketFlags.None, from);
        Span<byte> datagram = _incoming.AsSpan(0, length);
        if (_loss.Happens(Loss) || (_crypto is not null && !_crypto.TryOpen(datagram, out datagram)))
        {
            return;
        }

        if (Session is null)
        {
            if (!KcpDatagram.TryRead(datagram, out KcpDatagram first) || !first.CanOpenSession)
            {
                return;
            }

            _remote = from;
            Session = new KcpSession(first.Conv!.Value, _case.Options(asServer: true), Context);
        }

        Session.Input(datagram, now);
    }
}
