using System.Net.Sockets;

namespace Sluice.Transport.Tcp;

/// <summary>How <see cref="TcpConnection.ConnectAsync"/> ended.</summary>
/// <param name="Connection">The connection, paused; null if the attempt failed.</param>
/// <param name="Error"><see cref="SocketError.Success"/>, or why it failed.</param>
public readonly record struct TcpConnectResult(TcpConnection? Connection, SocketError Error);
