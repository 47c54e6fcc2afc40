using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Gates;

/// <summary>A gate over TCP, with TLS if it has certificates.</summary>
#pragma warning disable CA1001 // StopAsync disposes the watch.
internal abstract class StreamGate(
    Protocol protocol, string section, HandshakeSettings handshake, TlsServerOptions? tlsOptions, TimeProvider time, ILogger logger)
    : Gate(protocol, section, handshake, logger)
#pragma warning restore CA1001
{
    private TcpServer? _server;
    private TlsServer? _tls;
    private TlsWatch? _certificates;

    public override RejectionCost RejectionCost => tlsOptions is null ? base.RejectionCost : RejectionCost.TlsHandshake;

    public override async Task StopAsync()
    {
        _certificates?.Dispose();
        if (_server is { } server)
        {
            _server = null;
            await server.StopAsync();
        }
    }

    protected override async Task<IPEndPoint> BindAsync(
        IReadOnlyList<EventLoop> loops, Action<Connection> accepted, Func<EventLoop, NetworkAddress, bool> admits)
    {
        if (tlsOptions is not null)
        {
            _tls = new TlsServer(tlsOptions);
            _certificates = new TlsWatch(_tls, time, Logger);
        }

        _server = await TcpServer.StartAsync(loops, Requested, new TcpListenOptions(), accepted, Logger, admits);
        return _server.LocalEndPoint;
    }

    /// <summary>Returns the stream that the client's protocol is spoken on: the connection itself, or TLS over it.</summary>
    protected Connection StreamOver(Connection connection) => _tls is null ? connection : TlsConnection.Accept(connection, _tls, Logger);
}
