using System.Net.Security;
using System.Net.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tls;

/// <summary>One handshake as the client: ends with it, at its deadline, or when it is cancelled.</summary>
internal sealed class TlsConnectAttempt(EventLoop loop) : ITimerTarget
{
    private readonly LoopResult<TlsConnectResult> _result = new();
    private CancellationTokenRegistration _cancellation;
    private TlsConnection? _connection;
    private TimerId _deadline;

    public ValueTask<TlsConnectResult> Start(
        Connection inner, Func<SslStream, Task> authenticate, long timeoutMs, CancellationToken cancellation)
    {
        _connection = TlsConnection.Begin(inner, authenticate, HandshakeWorkers.ForBackends, Ended);
        _deadline = loop.Schedule(this, timeoutMs);

        // Cancelled on any thread, reported on the loop.
        _cancellation = cancellation.UnsafeRegister(
            static self =>
            {
                var attempt = (TlsConnectAttempt)self!;
                attempt.Loop.Post(static a => ((TlsConnectAttempt)a!).Fail(SocketError.OperationAborted), attempt);
            },
            this);
        return _result.Task;
    }

    void ITimerTarget.TimerDue(int kind) => Fail(SocketError.TimedOut);

    private EventLoop Loop => loop;

    private void Ended(TlsConnection connection, SocketError error, string? problem) =>
        Complete(new TlsConnectResult(error == SocketError.Success ? connection : null, error, problem));

    private void Fail(SocketError error)
    {
        if (!_result.IsCompleted)
        {
            _connection!.Abort();
            Complete(new TlsConnectResult(null, error, null));
        }
    }

    private void Complete(TlsConnectResult result)
    {
        loop.Cancel(_deadline);
        _cancellation.Dispose();
        _result.TryComplete(result);
    }
}
