using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Tcp;

/// <summary>Listens on one address for a group of loops; every connection is owned by the loop that its callback runs on.</summary>
/// <remarks>
/// If the kernel can spread connections (SO_REUSEPORT on Linux), each loop has a listening socket of its own. Otherwise the first
/// loop accepts and hands over to all in turn.
/// </remarks>
public sealed class TcpServer
{
    private readonly IReadOnlyList<EventLoop> _loops;
    private readonly Action<TcpConnection> _accepted;
    private readonly Func<EventLoop, NetworkAddress, bool>? _admits;
    private readonly ILogger _logger;
    private readonly SharedPort<TcpListener> _port;
    private int _nextLoop;

    private TcpServer(
        IReadOnlyList<EventLoop> loops, Action<TcpConnection> accepted, Func<EventLoop, NetworkAddress, bool>? admits, ILogger logger)
    {
        _loops = loops;
        _port = new SharedPort<TcpListener>(loops);
        _accepted = accepted;
        _admits = admits;
        _logger = logger;
    }

    /// <summary>The local address, with the real port.</summary>
    public IPEndPoint LocalEndPoint => _port.LocalEndPoint;

    /// <summary>Begins to listen.</summary>
    /// <param name="loops">At least one, all of the same poller, started.</param>
    /// <param name="endPoint">The address; <see cref="IPAddress.IPv6Any"/> takes IPv4 as well, port 0 takes a free one.</param>
    /// <param name="options">Settings of the sockets.</param>
    /// <param name="accepted">Called on a loop with each new connection, which is paused and has no handler yet.</param>
    /// <param name="logger">Logs lack of descriptors and faults of the callbacks.</param>
    /// <param name="admits">Called on the loop before anything is allocated for a connection; false = it is closed at once.</param>
    /// <exception cref="System.Net.Sockets.SocketException">It cannot be listened there.</exception>
    public static async Task<TcpServer> StartAsync(
        IReadOnlyList<EventLoop> loops,
        IPEndPoint endPoint,
        TcpListenOptions options,
        Action<TcpConnection> accepted,
        ILogger? logger = null,
        Func<EventLoop, NetworkAddress, bool>? admits = null)
    {
        ArgumentNullException.ThrowIfNull(loops);
        var server = new TcpServer(loops, accepted, admits, logger ?? NullLogger.Instance);
        await server._port.OpenAsync(endPoint, (loop, wanted, joinsPort) =>
        {
            void OnAccepted(StreamSocket socket, NetworkAddress remote) => server.Accepted(loop, socket, remote);
            return new TcpListener(loop, wanted, options, joinsPort, OnAccepted, server._logger);
        });
        return server;
    }

    /// <summary>Stops listening; connections that were accepted stay.</summary>
    public Task StopAsync() => _port.CloseAsync();

    private void Accepted(EventLoop loop, StreamSocket socket, NetworkAddress remote)
    {
        EventLoop owner = _port.IsShared ? loop : _loops[_nextLoop++ % _loops.Count];
        if (owner == loop)
        {
            TakeOver(owner, socket, remote);
        }
        else
        {
            owner.Post(_ => TakeOver(owner, socket, remote));
        }
    }

    private void TakeOver(EventLoop loop, StreamSocket socket, NetworkAddress remote)
    {
        TcpConnection? connection = null;
        try
        {
            if (_admits?.Invoke(loop, remote) == false)
            {
                socket.Close(abort: false);
                return;
            }

            connection = new TcpConnection(loop, socket, remote);
            _accepted(connection);
        }
#pragma warning disable CA1031 // One connection's fault ends that connection.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            TcpLog.AcceptFaulted(_logger, LocalEndPoint, fault);
            if (connection is null)
            {
                socket.Close(abort: true);
            }
            else
            {
                connection.Abort();
            }
        }
    }
}
