using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Greeting;

/// <summary>The framed handshake of TCP and KCP clients: one frame with the key, answered by one frame.</summary>
internal sealed class FrameGreeting : IGreeting, IConnectionHandler, ITimerTarget, IValueTaskSource<GreetingResult>
{
    private const int KeyDeadline = 0;
    private const int WelcomeDeadline = 1;

    /// <summary>
    /// How long a client may be silent in the middle of its key if only silence shows that it is gone (KCP). With two seconds for the
    /// rejection to arrive, a forged first datagram is forgotten after five seconds.
    /// </summary>
    private const long SilenceMs = 3_000;

    private readonly Connection _client;
    private readonly GreetingFrames _frames;
    private readonly long _keyDueAt;
    private TimerId _deadline;
    private ManualResetValueTaskSourceCore<GreetingResult> _result;
    private FrameParser _parser;
    private byte[] _afterKey = [];
    private TaskCompletionSource? _sent;
    private LingeringClose? _lingering;
    private int _welcomeSent;
    private Phase _phase;

    /// <param name="client">The client's connection.</param>
    /// <param name="frames">What it is answered.</param>
    /// <param name="keyDueAt">The loop's time at which the key must be complete.</param>
    public FrameGreeting(Connection client, GreetingFrames frames, long keyDueAt)
    {
        _client = client;
        _frames = frames;
        _keyDueAt = keyDueAt;
        _deadline = client.Loop.Schedule(this, TimeForKey(), KeyDeadline);
        client.Handler = this;
    }

    private enum Phase
    {
        ReadingKey,
        KeyRead,
        Ended,
    }

    public CancellationTokenSource? CancelledWhenLost { get; set; }

    public Connection Client => _client;

    public ReadOnlySpan<byte> BytesAfterKey => _afterKey;

    public ValueTask<GreetingResult> ReadKeyAsync()
    {
        _client.Resume();
        return new ValueTask<GreetingResult>(this, _result.Version);
    }

    public ValueTask WelcomeAsync()
    {
        _welcomeSent = _client.Write(_frames.Welcome);
        if (_welcomeSent == _frames.Welcome.Length || _client.IsClosed)
        {
            return ValueTask.CompletedTask;
        }

        // A client that does not read its welcome gets as long for it as for its key.
        _sent = new TaskCompletionSource();
        _deadline = _client.Loop.Schedule(this, _frames.ConnectTimeoutMs, WelcomeDeadline);
        return new ValueTask(_sent.Task);
    }

    public async ValueTask RejectAsync(EndReason reason)
    {
        if (_client.IsClosed)
        {
            return;
        }

        var closed = new TaskCompletionSource();
        _lingering = _frames.Reject(_client, reason, closed.SetResult);
        if (_lingering is null)
        {
            return;
        }

        await closed.Task;
    }

    public void Stop(EndReason reason, bool mayRead = false)
    {
        Complete(new GreetingResult(null, reason));
        _lingering?.End();
        GiveUpWelcome();
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
        switch (_parser.Feed(data, _frames.MaxKeyBytes, out int consumed, out string key))
        {
            case FrameStatus.Complete:
                _afterKey = data[consumed..].ToArray();
                Complete(new GreetingResult(key, default));
                break;
            case FrameStatus.Invalid:
                Stop(EndReason.BadFrame);
                break;
            default:
                break;
        }
    }

    void IConnectionHandler.Writable()
    {
        if (_sent is not null)
        {
            _welcomeSent += _client.Write(_frames.Welcome.AsSpan(_welcomeSent));
            if (_welcomeSent == _frames.Welcome.Length)
            {
                _client.Loop.Cancel(_deadline);
                _sent.TrySetResult();
            }
        }
    }

    void IConnectionHandler.Finished() => Stop(EndReason.ClientLost);

    void IConnectionHandler.Lost(SocketError error)
    {
        if (_phase == Phase.ReadingKey)
        {
            Stop(error == TlsConnection.ProtocolViolation ? EndReason.BadFrame : EndReason.ClientLost);
        }
        else
        {
            _sent?.TrySetResult();
            CancelledWhenLost?.Cancel();
        }
    }

    void ITimerTarget.TimerDue(int kind)
    {
        if (kind == WelcomeDeadline)
        {
            GiveUpWelcome();
        }
        else if (TimeForKey() is > 0 and long left)
        {
            _deadline = _client.Loop.Schedule(this, left, KeyDeadline);
        }
        else
        {
            Stop(EndReason.Timeout);
        }
    }

    GreetingResult IValueTaskSource<GreetingResult>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<GreetingResult>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<GreetingResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        // It completes on the loop that the session awaits it on: the session goes on at once, without a post and a turn in between.
        _result.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);

    private void Complete(GreetingResult result)
    {
        if (_phase == Phase.ReadingKey)
        {
            _phase = result.Key is null ? Phase.Ended : Phase.KeyRead;
            _client.Loop.Cancel(_deadline);
            if (!_client.IsClosed)
            {
                // From here on the client waits: its bytes stay in the kernel until the relay asks for them.
                _client.Pause();
            }

            _result.SetResult(result);
        }
    }

    private long TimeForKey()
    {
        long dueAt = _client.Activity.LastHeard is { } heard ? Math.Min(_keyDueAt, heard + SilenceMs) : _keyDueAt;
        return dueAt - _client.Loop.Now;
    }

    private void GiveUpWelcome()
    {
        if (_sent is { Task.IsCompleted: false })
        {
            _client.Loop.Cancel(_deadline);
            _client.Abort();
            _sent.SetResult();
        }
    }
}
