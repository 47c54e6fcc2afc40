using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sluice.Daemon.Logging;
using Sluice.Gateway;

namespace Sluice.Daemon.Admin;

/// <summary>
/// The admin endpoint: HTTP/1.1, beside the gateway and strictly bounded. It is Kestrel without a host, which would read settings and take
/// signals of its own.
/// </summary>
internal sealed class AdminServer(AdminOptions options, Readiness readiness, ILogger logger) : IAsyncDisposable
{
    private const string Name = "admin";
    private const int MaxConnections = 256;
    private const int MaxHeaderBytes = 16 * 1024;
    private static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>Time that requests in progress get at the end.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private KestrelServer? _kestrel;

    /// <summary>The address that it listens on; null if it does not listen.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>
    /// Listens if it is enabled. If the default address is in use, a warning is logged: a default must not keep a gateway from starting.
    /// </summary>
    /// <exception cref="ListenException">The configured address cannot be used.</exception>
    public async Task StartAsync()
    {
        if (!options.Enabled)
        {
            return;
        }

        var wanted = new IPEndPoint(options.Bind ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any), options.Port);
        try
        {
            await ListenAsync(wanted);
            DaemonLog.AdminListening(logger, EndPoint!);
        }
        catch (Exception failure) when (SocketFaultIn(failure) is { } fault)
        {
            var unavailable = new ListenException(Name, wanted, fault);
            if (options.IsConfigured)
            {
                throw unavailable;
            }

            DaemonLog.NoAdmin(logger, unavailable.Message);
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
        // The gateway's listeners come first.
        if (!options.IsConfigured && options.GatewayPorts.Contains(wanted.Port))
        {
            throw new SocketException((int)SocketError.AddressAlreadyInUse);
        }

        ListenOptions? listener = null;
        var connections = new AdminConnections(MaxConnections);
        var server = new KestrelServerOptions { AddServerHeader = false };
        server.Limits.MaxRequestBodySize = 0;
        server.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        server.Limits.RequestHeadersTimeout = HeaderTimeout;
        server.Limits.KeepAliveTimeout = KeepAlive;
        server.Listen(wanted, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => connections.ServeAsync(connection, next));
            listener = listen;
        });
        var sockets = new SocketTransportOptions { IOQueueCount = 1 };
        var transport = new SocketTransportFactory(Options.Create(sockets), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(server), transport, NullLoggerFactory.Instance);
        AccessToken? token = options.Token is { Length: > 0 } secret ? new AccessToken(secret) : null;
        var application = new AdminApplication(AdminRoutes.All(readiness), new ReadyRoute(readiness), token, connections, logger);
        await _kestrel.StartAsync(application, CancellationToken.None);
        EndPoint = listener!.IPEndPoint;
    }

    /// <summary>Returns the system's error, which Kestrel wraps once or twice.</summary>
    private static SocketException? SocketFaultIn(Exception? failure)
    {
        while (failure is not null and not SocketException)
        {
            failure = failure.InnerException;
        }

        return (SocketException?)failure;
    }
}
