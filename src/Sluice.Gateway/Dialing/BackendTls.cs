using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Telemetry;
using Sluice.Transport;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Dialing;

/// <summary>Makes TLS of a connection to a backend. Shared by all loops.</summary>
internal sealed class BackendTls(TlsClient client, ILogger logger)
{
    private WarningInterval _warning = new();

    /// <summary>Makes the handshake within what is left of the attempt's time.</summary>
    /// <param name="connection">The connection; it is closed where this fails.</param>
    /// <param name="name">The name that the backend was dialled by; null = its address.</param>
    /// <param name="before">Plain bytes that go first: a PROXY protocol header.</param>
    /// <param name="dueAt">The loop's time at which it is given up.</param>
    /// <param name="cancellation">Gives it up earlier.</param>
    public async ValueTask<(Connection? Connection, SocketError Error)> ConnectAsync(
        TcpConnection connection, string? name, ReadOnlyMemory<byte> before, long dueAt, CancellationToken cancellation)
    {
        NetworkAddress address = connection.RemoteAddress;
        if (!before.IsEmpty && connection.Write(before.Span) < before.Length)
        {
            connection.Abort();
            return (null, SocketError.ConnectionReset);
        }

        name ??= address.ToIPAddress().ToString();
        long now = connection.Loop.Now;
        TlsConnectResult result = await client.ConnectAsync(connection, name, Math.Max(1, dueAt - now), cancellation);
        if (result.Error == TlsConnection.ProtocolViolation)
        {
            Tell(address, name, result.Problem ?? "the connection broke", now);
        }

        return (result.Connection, result.Error);
    }

    private void Tell(in NetworkAddress address, string name, string problem, long now)
    {
        if (_warning.TryBegin(now))
        {
            GatewayLog.BackendNotBelieved(logger, address, KeyText.Escape(name), problem);
        }
        else
        {
            GatewayLog.BackendNotBelievedAgain(logger, address, KeyText.Escape(name), problem);
        }
    }
}
