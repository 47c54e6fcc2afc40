using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Tcp;

/// <summary>One listening socket on one loop. A bad connection, or none left to give, never ends it.</summary>
internal sealed class TcpListener : ILoopListener, IPollTarget, ITimerTarget
{
    /// <summary>Connections taken per turn, so that a flood of them leaves turns to those that are there.</summary>
    private const int AcceptsPerTurn = 64;

    /// <summary>Without descriptors or memory, accepting pauses for this long: the waiting clients stay in the kernel's queue.</summary>
    private const int PauseMs = 100;

    /// <summary>
    /// A process at its limit runs out again with every connection that ends and begins. Milliseconds between two log lines about it.
    /// </summary>
    private const int LogAgainMs = 10_000;

    private readonly EventLoop _loop;
    private readonly ListenSocket _socket;
    private readonly Action<StreamSocket, NetworkAddress> _accepted;
    private readonly ILogger _logger;
    private readonly long _token;
    private TimerId _pause;
    private bool _paused;
    private bool _exhausted;
    private bool _exhaustionLogged;
    private long _logsAgainFrom = long.MinValue;
    private bool _closed;

    /// <summary>Begins to listen, on the loop.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">It cannot be listened there.</exception>
    public TcpListener(
        EventLoop loop,
        IPEndPoint endPoint,
        TcpListenOptions options,
        bool sharePort,
        Action<StreamSocket, NetworkAddress> accepted,
        ILogger logger)
    {
        _loop = loop;
        _accepted = accepted;
        _logger = logger;
        _socket = loop.Sockets.Listen(endPoint, options, sharePort);
        _token = loop.Watch(this, _socket.Handle, PollEvents.Readable);
    }

    public IPEndPoint LocalEndPoint => _socket.LocalEndPoint;

    /// <summary>Lets further listeners of this user join the port; see <see cref="ListenSocket.SharePort"/>.</summary>
    public void SharePort() => _socket.SharePort();

    public void Close()
    {
        if (!_closed)
        {
            _closed = true;
            _loop.Cancel(_pause);
            _loop.Unwatch(_socket.Handle, _token);
            _socket.Close();
        }
    }

    void IPollTarget.Ready(PollEvents events) => AcceptWaiting();

    void IPollTarget.Faulted(Exception fault) => _loop.RunAgain(this);

    void ITimerTarget.TimerDue(int kind)
    {
        _paused = false;
        _loop.ChangeWatch(_socket.Handle, _token, PollEvents.Readable);
        AcceptWaiting();
    }

    private void AcceptWaiting()
    {
        for (int i = 0; i < AcceptsPerTurn; i++)
        {
            if (_closed || _paused)
            {
                return;
            }

            switch (_socket.Accept(out StreamSocket? socket, out NetworkAddress remote))
            {
                case AcceptStatus.Accepted:
                    Recovered();
                    _accepted(socket!, remote);
                    break;
                case AcceptStatus.WouldBlock:
                    return;
                case AcceptStatus.OutOfResources:
                    PauseAccepting();
                    return;
                default:
                    break;
            }
        }

        _loop.RunAgain(this);
    }

    private void PauseAccepting()
    {
        _paused = true;
        _loop.ChangeWatch(_socket.Handle, _token, PollEvents.None);
        _pause = _loop.Schedule(this, PauseMs);
        if (!_exhausted && _loop.Now >= _logsAgainFrom)
        {
            _exhaustionLogged = true;
            _logsAgainFrom = _loop.Now + LogAgainMs;
            TcpLog.OutOfDescriptors(_logger, LocalEndPoint);
        }

        _exhausted = true;
    }

    private void Recovered()
    {
        _exhausted = false;
        if (_exhaustionLogged)
        {
            _exhaustionLogged = false;
            TcpLog.AcceptsAgain(_logger, LocalEndPoint);
        }
    }
}
