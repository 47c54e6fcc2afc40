using System.Net.Sockets;

namespace Sluice.Transport.Tls;

/// <summary>How a handshake as the client ended: a connection, paused; or the error.</summary>
/// <param name="Connection">The connection, or null.</param>
/// <param name="Error">Why there is none; <see cref="TlsConnection.ProtocolViolation"/> if the peer is not trusted or speaks no
/// TLS.</param>
/// <param name="Problem">The same in words, if more is known.</param>
public readonly record struct TlsConnectResult(TlsConnection? Connection, SocketError Error, string? Problem);
