using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;
using Sluice.Transport;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Dialing;

/// <summary>Runs TLS over connections to backends. Shared by all loops.</summary>
internal sealed class BackendTls : IDisposable
{
    private readonly TlsClient _client;
    private readonly TlsWatch? _authorities;
    private readonly ILogger _logger;
    private WarningInterval _warning = new();

    /// <summary>Reads the authorities and begins to watch their file.</summary>
    /// <exception cref="TlsFileException">The file cannot be used.</exception>
    public BackendTls(BackendTlsOptions options, TimeProvider time, ILogger logger)
    {
        _client = new TlsClient(options.CaFile);
        _authorities = options.CaFile is null ? null : new TlsWatch(_client, time, logger);
        _logger = logger;
    }

    /// <summary>Makes the handshake within the rest of the attempt's time.</summary>
    /// <param name="connection">The connection; it is closed if the handshake fails.</param>
    /// <param name="name">The name that the backend was dialled by; null = its address.</param>
    /// <param name="dueAt">The loop's time at which the handshake must be done.</param>
    /// <param name="cancellation">Ends it earlier.</param>
    public async ValueTask<(Connection? Connection, SocketError Error)> ConnectAsync(
        TcpConnection connection, string? name, long dueAt, CancellationToken cancellation)
    {
        NetworkAddress address = connection.RemoteAddress;
        name ??= address.ToIPAddress().ToString();
        long now = connection.Loop.Now;
        TlsConnectResult result = await _client.ConnectAsync(connection, name, Math.Max(1, dueAt - now), cancellation);
        if (result.Error == TlsConnection.ProtocolViolation)
        {
            Report(address, name, result.Problem ?? "the connection broke", now);
        }

        return (result.Connection, result.Error);
    }

    public void Dispose() => _authorities?.Dispose();

    private void Report(in NetworkAddress address, string name, string problem, long now)
    {
        if (_warning.TryBegin(now))
        {
            DialLog.BackendNotBelieved(_logger, address, LogText.Escape(name), problem);
        }
        else
        {
            DialLog.BackendNotBelievedAgain(_logger, address, LogText.Escape(name), problem);
        }
    }
}
