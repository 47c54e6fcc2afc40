using System.Net.Sockets;

namespace Sluice.Registries;

/// <summary>Dials a registry, and rejects a socket that was connected to itself.</summary>
/// <remarks>
/// If nothing listens on a local port that the system also assigns to outgoing connections, a dial can get that port and connect to itself.
/// It would receive its own bytes, and occupy the port that the registry needs to start.
/// </remarks>
internal static class SelfConnect
{
    /// <summary>Throws if the two ends of a connected socket are the same.</summary>
    /// <exception cref="SocketException"><see cref="SocketError.ConnectionRefused"/>.</exception>
    public static void ThrowIfItself(Socket socket)
    {
        if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
        {
            // Without a reset it would occupy the port for another minute (TIME_WAIT).
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            throw new SocketException((int)SocketError.ConnectionRefused);
        }
    }

    /// <summary>Opens a connection of a <see cref="SocketsHttpHandler"/>: <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false);
            ThrowIfItself(socket);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
