using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Kcp;

/// <summary>Opens KCP sessions to servers.</summary>
public static class KcpDial
{
    /// <summary>Opens a session, on the loop whose thread this is. KCP has no handshake: nothing is sent before the first write.</summary>
    /// <param name="loop">The loop that will own the connection.</param>
    /// <param name="address">The server.</param>
    /// <param name="options">Settings of the session and its port.</param>
    /// <param name="connection">The connection, paused.</param>
    /// <param name="logger">Logs faults of handlers.</param>
    /// <returns><see cref="SocketError.Success"/>, or why there is no session: no route, or no descriptor.</returns>
    public static SocketError TryOpen(
        EventLoop loop, in NetworkAddress address, KcpEndpointOptions options, out KcpConnection? connection, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(nameof(options));
        try
        {
            connection = KcpEndpoint.Dial(loop, address, options, logger ?? NullLogger.Instance);
            return SocketError.Success;
        }
        catch (SocketException failure)
        {
            connection = null;
            return failure.SocketErrorCode;
        }
    }
}
