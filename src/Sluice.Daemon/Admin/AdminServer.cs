using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Logging;
using Sluice.Gateway;

namespace Sluice.Daemon.Admin;

/// <summary>The admin endpoint: HTTP/1.1, beside the gateway and strictly bounded. Kestrel alone, without a host: nothing reads settings of its own or takes signals.</summary>
internal sealed class AdminServer(Settings settings, Readiness readiness, ILogger logger) : IAsyncDisposable
{
    private const int MaxConnections = 256;
    private const int MaxHeaderBytes = 16 * 1024;
    private static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>What is being answered at the end may be finished for so long.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private KestrelServer? _kestrel;

    /// <summary>Where it listens; null where it does not.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Listens, where it is enabled. An address that is in use is only warned of where nobody asked for it: a default must not keep a gateway from starting.</summary>
    /// <exception cref="ListenException">The address that was configured cannot be had.</exception>
    public async Task StartAsync()
    {
        if (!settings.Get(AdminKeys.Enabled))
        {
            return;
        }

        var wanted = new IPEndPoint(settings.Get(AdminKeys.Bind) ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any), settings.GetInt(AdminKeys.Port));
        try
        {
            await ListenAsync(wanted);
            DaemonLog.AdminListening(logger, EndPoint!);
        }
        catch (Exception failure) when (SocketFaultIn(failure) is { } fault)
        {
            var refused = new ListenException(AdminKeys.Port.Section, wanted, fault);
            if (AdminKeys.AreWritten(settings))
            {
                throw refused;
            }

            DaemonLog.NoAdmin(logger, refused.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_kestrel is not null)
        {
            using var patience = new CancellationTokenSource(StopTimeout);
            await _kestrel.StopAsync(patience.Token);
            _kestrel.Dispose();
        }
    }

    private async Task ListenAsync(IPEndPoint wanted)
    {
        if (!AdminKeys.AreWritten(settings) && IsPortOfGateway(wanted.Port))
        {
            throw new SocketException((int)SocketError.AddressAlreadyInUse);
        }

        ListenOptions? listener = null;
        var connections = new AdminConnections(MaxConnections);
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        options.Limits.RequestHeadersTimeout = HeaderTimeout;
        options.Limits.KeepAliveTimeout = KeepAlive;
        options.Listen(wanted, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => connections.ServeAsync(connection, next));
            listener = listen;
        });
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        AccessToken? token = settings.Get(AdminKeys.Token) is { Length: > 0 } secret ? new AccessToken(secret) : null;
        var application = new AdminApplication(AdminRoutes.All(readiness), new ReadyRoute(readiness), token, connections, logger);
        await _kestrel.StartAsync(application, CancellationToken.None);
        EndPoint = listener!.IPEndPoint;
    }

    /// <summary>A gateway that was configured to listen there comes first.</summary>
    private bool IsPortOfGateway(int port) =>
        (settings.Get(Keys.TcpEnabled) && settings.Get(Keys.TcpPort) == port) || (settings.Get(Keys.WsEnabled) && settings.Get(Keys.WsPort) == port);

    /// <summary>Kestrel wraps what the system says, once or twice.</summary>
    private static SocketException? SocketFaultIn(Exception? failure)
    {
        while (failure is not null and not SocketException)
        {
            failure = failure.InnerException;
        }

        return (SocketException?)failure;
    }
}
