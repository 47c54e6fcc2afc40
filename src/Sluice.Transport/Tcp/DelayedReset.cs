using System.Net.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tcp;

/// <summary>Resets a connection once the other end's system has received everything that was written.</summary>
/// <remarks>
/// A reset drops what the system has not sent yet (SO_LINGER, socket(7)). No event reports that everything is acknowledged, so this asks
/// the system (TCP_INFO) now and then. If the system does not report it, the connection is reset at once.
/// </remarks>
internal sealed class DelayedReset : IConnectionHandler, ITimerTarget
{
    /// <summary>Milliseconds for which the other end may take what was written.</summary>
    public const long LongestMs = 30_000;

    private const long FirstPauseMs = 5;
    private const long LongestPauseMs = 250;

    private readonly TcpConnection _connection;
    private readonly long _dueAt;
    private TimerId _timer;
    private long _pauseMs = FirstPauseMs;

    private DelayedReset(TcpConnection connection)
    {
        _connection = connection;
        _dueAt = connection.Loop.Now + LongestMs;
    }

    /// <summary>
    /// Takes over an open connection and resets it, now or within <see cref="LongestMs"/>; the caller never touches it again.
    /// </summary>
    public static void Begin(TcpConnection connection)
    {
        if (connection.SendProgress.IsDelivered)
        {
            connection.Abort();
            return;
        }

        var reset = new DelayedReset(connection);
        connection.Handler = reset;
        connection.Pause();
        reset.Wait();
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
    }

    void IConnectionHandler.Writable()
    {
    }

    void IConnectionHandler.Finished()
    {
    }

    void IConnectionHandler.Lost(SocketError error) => _connection.Loop.Cancel(_timer);

    void ITimerTarget.TimerDue(int kind)
    {
        if (_connection.Loop.Now >= _dueAt || _connection.SendProgress.IsDelivered)
        {
            _connection.Abort();
        }
        else
        {
            Wait();
        }
    }

    private void Wait()
    {
        _timer = _connection.Loop.Schedule(this, _pauseMs);
        _pauseMs = Math.Min(_pauseMs * 2, LongestPauseMs);
    }
}
