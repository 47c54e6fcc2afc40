using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Gateway.Gates;

/// <summary>KCP clients: the same handshake as for TCP, over UDP.</summary>
internal sealed class KcpGate(KcpGateOptions options, HandshakeSettings handshake, ILogger logger)
    : Gate(Protocol.Kcp, "kcpgate", handshake, logger)
{
    private readonly GreetingFrames _frames = new(handshake);
    private KcpServer? _server;

    public override IPEndPoint Requested => EndPoint(options.Bind, options.Port);

    public override GateTimeouts Timeouts => new(options.DialTimeout, options.IdleTimeout);

    public override Protocol DefaultBackendProtocol => options.Reciprocity ? Protocol.Kcp : Protocol.Tcp;

    public override void Reject(Connection connection, EndReason reason) => _frames.Reject(connection, reason);

    public override async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.StopAsync();
        }
    }

    protected override async Task<IPEndPoint> BindAsync(
        IReadOnlyList<EventLoop> loops, Action<Connection> accepted, Func<EventLoop, NetworkAddress, bool> admits)
    {
        _server = await KcpServer.StartAsync(loops, Requested, KcpSettings.ForClients(options), accepted, Logger, admits);
        GateLog.Datagrams(Logger, loops[0].UdpBatching);
        return _server.LocalEndPoint;
    }

    protected override IGreeting GreetClient(Connection connection, IClientIdentity client, long dueAt) =>
        new FrameGreeting(connection, _frames, dueAt);
}
