using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>The handshake of WebSocket clients: the upgrade, with the key in the request or in the first message.</summary>
internal sealed class WebSocketGreeting : IGreeting, IConnectionHandler, ITimerTarget, IValueTaskSource<GreetingResult>
{
    /// <summary>How long the request of a client may take that is rejected anyway.</summary>
    private const long RequestMs = 2_000;

    private readonly Connection _stream;
    private readonly WebSocketHandshakeSettings _settings;
    private readonly IClientIdentity _identity;
    private readonly long _keyDueAt;
    private TimerId _deadline;
    private EndReason? _rejectedFor;
    private ManualResetValueTaskSourceCore<GreetingResult> _result;
    private UpgradeReader _upgrade;
    private FrameParser _firstMessage;
    private WebSocketConnection? _client;
    private UpgradeStatus _rejectStatus = UpgradeStatus.BadRequest;
    private LingeringClose? _lingering;
    private bool _ended;

    /// <param name="stream">The stream that the request is read from.</param>
    /// <param name="settings">Limits and answers.</param>
    /// <param name="keyDueAt">The loop's time at which the key must be complete.</param>
    /// <param name="identity">Learns from the request who the client is.</param>
    public WebSocketGreeting(Connection stream, WebSocketHandshakeSettings settings, long keyDueAt, IClientIdentity identity)
    {
        _stream = stream;
        _settings = settings;
        _identity = identity;
        _keyDueAt = keyDueAt;
        _deadline = stream.Loop.Schedule(this, TimeForKey());
        stream.Handler = this;
    }

    public CancellationTokenSource? CancelledWhenLost { get; set; }

    public Connection Client => _client ?? _stream;

    /// <summary>None: bytes after the key wait inside the connection.</summary>
    public ReadOnlySpan<byte> BytesAfterKey => default;

    public ValueTask<GreetingResult> ReadKeyAsync()
    {
        _stream.Resume();
        return new ValueTask<GreetingResult>(this, _result.Version);
    }

    public ValueTask WelcomeAsync()
    {
        _client!.WriteMessage(_settings.Welcome.Span);
        return ValueTask.CompletedTask;
    }

    public async ValueTask RejectAsync(EndReason reason)
    {
        if (Client.IsClosed)
        {
            return;
        }

        var closed = new TaskCompletionSource();
        if (_client is not null)
        {
            _client.Close(WebSocketHandshakeSettings.CodeOf(reason), _settings.ReasonOf(reason), closed.SetResult);
        }
        else
        {
            // An empty socket takes an answer of this size at once, and a full one has no reader.
            UpgradeStatus status = reason switch
            {
                EndReason.Timeout => UpgradeStatus.RequestTimeout,
                EndReason.Busy or EndReason.Draining => UpgradeStatus.ServiceUnavailable,
                _ => _rejectStatus,
            };
            _ = _stream.Write(UpgradeAnswer.Refuse(status, withBody: !_upgrade.IsHead));
            _lingering = LingeringClose.Begin(_stream, closed: closed.SetResult);
        }

        await closed.Task;
    }

    public void Stop(EndReason reason, bool mayRead = false)
    {
        if (mayRead && _client is null && !_ended)
        {
            // A web page can read the reason only after the upgrade.
            _rejectedFor = reason;
            _stream.Loop.Cancel(_deadline);
            _deadline = _stream.Loop.Schedule(this, Math.Min(RequestMs, TimeForKey()));
            return;
        }

        bool rejecting = _ended;
        Complete(new GreetingResult(null, reason));
        _lingering?.End();
        if (rejecting && _client is { IsClosed: true })
        {
            _client.Abort();
        }
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
        if (_client is not null)
        {
            ReadFirstMessage(data);
            return;
        }

        UpgradeStatus status = _upgrade.Feed(data, out UpgradeRequest? request, out int consumed);
        if (status == UpgradeStatus.SwitchingProtocols)
        {
            Accept(request!, data[consumed..]);
        }
        else if (status != UpgradeStatus.Incomplete)
        {
            _rejectStatus = status;
            Complete(new GreetingResult(null, EndReason.BadFrame));
        }
    }

    void IConnectionHandler.Writable()
    {
        // Bytes that were not taken at once wait inside the connection.
    }

    void IConnectionHandler.Finished() => Complete(new GreetingResult(null, EndReason.ClientLost));

    void IConnectionHandler.Lost(SocketError error)
    {
        CancelledWhenLost?.Cancel();
        Complete(new GreetingResult(null, error == SocketError.ProtocolNotSupported ? EndReason.BadFrame : EndReason.ClientLost));
    }

    void ITimerTarget.TimerDue(int kind) => Complete(new GreetingResult(null, _rejectedFor ?? EndReason.Timeout));

    GreetingResult IValueTaskSource<GreetingResult>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<GreetingResult>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<GreetingResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        // It completes on the loop that the session awaits it on: the session goes on at once, without a post and a turn in between.
        _result.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);

    private void Accept(UpgradeRequest request, ReadOnlySpan<byte> rest)
    {
        EndReason? rejection = _rejectedFor ?? _identity.Announced(request);
        if (rejection == EndReason.Denied)
        {
            // A client that is not served gets no answer.
            _stream.Abort();
            Complete(new GreetingResult(null, EndReason.Denied));
            return;
        }

        string? protocol = request.Protocols.FirstOrDefault(
            offered => WebSocketRouteKey.Carries(offered) || _settings.Subprotocols.Contains(offered, StringComparer.Ordinal));
        string? extension = _settings.Compression ? PerMessageDeflate.Agree(request) : null;
        byte[] answer = UpgradeAnswer.Accept(request, protocol, extension);
        if (_stream.Write(answer) < answer.Length)
        {
            // A new socket has room for this, or is gone.
            Complete(new GreetingResult(null, EndReason.ClientLost));
            return;
        }

        bool hasKey = WebSocketRouteKey.TryFind(request, out byte[] bytes);
        WebSocketOptions options = hasKey ? _settings.Relaying : _settings.Greeting;
        _client = new WebSocketConnection(_stream, options, extension is not null, rest) { Handler = this };
        if (rejection is { } reason)
        {
            Complete(new GreetingResult(null, reason));
        }
        else if (!_settings.Serves(request))
        {
            Complete(new GreetingResult(null, EndReason.Denied));
        }
        else if (!hasKey)
        {
            _client.Resume();
        }
        else if (WebSocketRouteKey.TryDecode(bytes, _settings.MaxKeyBytes, out string key))
        {
            Complete(new GreetingResult(key, default));
        }
        else
        {
            Complete(new GreetingResult(null, EndReason.BadFrame));
        }
    }

    private long TimeForKey() => _keyDueAt - _stream.Loop.Now;

    private void ReadFirstMessage(ReadOnlySpan<byte> data)
    {
        switch (_firstMessage.Feed(data, _settings.MaxKeyBytes, out _, out string key))
        {
            case FrameStatus.Complete:
                Complete(new GreetingResult(key, default));
                break;
            case FrameStatus.Invalid:
                Complete(new GreetingResult(null, EndReason.BadFrame));
                break;
            default:
                break;
        }
    }

    private void Complete(GreetingResult result)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _stream.Loop.Cancel(_deadline);
        if (!Client.IsClosed)
        {
            // From here on the client waits: its bytes stay in the kernel until the relay asks for them.
            Client.Pause();
        }

        if (_client is not null && result.Key is not null)
        {
            _client.Options = _settings.Relaying;
        }

        _result.SetResult(result);
    }
}
