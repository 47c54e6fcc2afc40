using System.Net.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Tcp;

/// <summary>One attempt to connect: ends when the socket turns writable, at its deadline, or when it is cancelled.</summary>
internal sealed class TcpConnectAttempt(EventLoop loop, NetworkAddress address) : IPollTarget, ITimerTarget
{
    private readonly LoopResult<TcpConnectResult> _result = new();
    private CancellationTokenRegistration _cancellation;
    private StreamSocket? _socket;
    private TimerId _deadline;
    private long _token;

    public ValueTask<TcpConnectResult> Start(long timeoutMs, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return new(new TcpConnectResult(null, SocketError.OperationAborted));
        }

        try
        {
            _socket = loop.Sockets.BeginConnect(address);
        }
        catch (SocketException failure)
        {
            return new(new TcpConnectResult(null, failure.SocketErrorCode));
        }

        _token = loop.Watch(this, _socket.Handle, PollEvents.Writable);
        _deadline = loop.Schedule(this, timeoutMs);

        // Cancelled on any thread, reported on the loop.
        _cancellation = cancellation.UnsafeRegister(
            static self =>
            {
                var attempt = (TcpConnectAttempt)self!;
                attempt.Loop.Post(static a => ((TcpConnectAttempt)a!).Fail(SocketError.OperationAborted), attempt);
            },
            this);
        return _result.Task;
    }

    void IPollTarget.Ready(PollEvents events)
    {
        if (_socket is null)
        {
            return;
        }

        // A failed attempt is reported as broken (epoll's EPOLLERR, poll's POLLERR); otherwise there is no error to ask for.
        SocketError error = (events & PollEvents.Broken) != 0 ? _socket.TakeError() : SocketError.Success;
        if (error != SocketError.Success && !(error is SocketError.ConnectionReset or SocketError.Shutdown && _socket.HasUnread))
        {
            Fail(error == SocketError.Shutdown ? SocketError.ConnectionReset : error);
            return;
        }

        if (_socket.LocalAddress == address)
        {
            // Nothing listens there: the system chose the dialled port as the local one, so the socket met itself (RFC 9293 3.5, figure 7).
            // Without a reset it would hold the port for another minute (TIME_WAIT).
            Fail(SocketError.ConnectionRefused, abort: true);
            return;
        }

        // A peer that accepts, sends a reason and resets was connected, and the reason is passed on.
        TcpConnection connection = new(loop, _socket, address, _token, events, error);
        _socket = null;
        Complete(new TcpConnectResult(connection, SocketError.Success));
    }

    void IPollTarget.Faulted(Exception fault) => Fail(SocketError.Fault);

    void ITimerTarget.TimerDue(int kind) => Fail(SocketError.TimedOut);

    private EventLoop Loop => loop;

    private void Fail(SocketError error, bool abort = false)
    {
        if (_socket is null)
        {
            return;
        }

        loop.Unwatch(_socket.Handle, _token);
        _socket.Close(abort);
        _socket = null;
        Complete(new TcpConnectResult(null, error));
    }

    private void Complete(TcpConnectResult result)
    {
        loop.Cancel(_deadline);
        _cancellation.Dispose();
        _result.TryComplete(result);
    }
}
