using System.Net.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>The server's end of a WebSocket connection (RFC 6455), over any byte stream, seen as a byte stream itself.</summary>
/// <remarks>
/// Messages reach the handler in the framing of <see cref="WebSocketOptions.Received"/>, and what is written leaves as binary messages.
/// Everything is done where the bytes lie: masks are undone in the loop's scratch buffer, and heads are put before what was received there.
/// A connection owns a buffer only while it holds a part of a message, or something the other end does not take.
/// <para>
/// A close frame ends both directions: the handler is told <see cref="IConnectionHandler.Finished"/>, and the connection is closed by then.
/// A FIN without a close frame only ends the one, as with TCP. <see cref="FinishWriting"/> sends a close frame, and reading goes on until it is
/// answered.
/// </para>
/// </remarks>
public sealed partial class WebSocketConnection : Connection, IConnectionHandler, ITimerTarget
{
    private const int KeepAliveTimer = 0;
    private const int CloseTimer = 1;

    private readonly Connection _inner;
    private WebSocketOptions _options;
    private WebSocketState _state = WebSocketState.Paused;
    private TimerId _timer;
    private long _lastHeard;
    private long _lastMoved;
    private uint _acknowledged;
    private SocketError _loss;

    /// <summary>Takes over a connection on which the upgrade was answered. It begins paused.</summary>
    /// <param name="inner">What carries the frames; nobody else touches it from here on.</param>
    /// <param name="options">How messages are seen.</param>
    /// <param name="compresses">Whether permessage-deflate was agreed on.</param>
    /// <param name="behind">What came behind the request.</param>
    public WebSocketConnection(Connection inner, WebSocketOptions options, bool compresses, ReadOnlySpan<byte> behind)
        : base(Required(inner).Loop, NoHandler.Instance)
    {
        ArgumentNullException.ThrowIfNull(options);
        _inner = inner;
        _options = options;
        _unread = behind.IsEmpty ? null : behind.ToArray();
        _lastHeard = Loop.Now;
        if (compresses)
        {
            _state |= WebSocketState.Compresses;
        }

        inner.Handler = this;
        inner.Pause();
        if (options.PingIntervalMs > 0)
        {
            _timer = Loop.Schedule(this, options.PingIntervalMs, KeepAliveTimer);
        }
    }

    /// <summary>How messages are seen; may be changed while no message is half received. <see cref="ConnectionFraming.ReceivedBytes"/> then counts anew.</summary>
    public WebSocketOptions Options
    {
        get => _options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _options = value;
            _framingReceived = 0;
        }
    }

    /// <inheritdoc/>
    public override NetworkAddress RemoteAddress => _inner.RemoteAddress;

    /// <inheritdoc/>
    public override NetworkAddress LocalAddress => _inner.LocalAddress;

    /// <inheritdoc/>
    public override ConnectionTraits Traits => new() { CanHalfClose = true };

    /// <inheritdoc/>
    public override ConnectionActivity Activity
    {
        get
        {
            NoteProgress();
            return new() { LastMoved = _lastMoved };
        }
    }

    /// <inheritdoc/>
    public override ConnectionFraming Framing => new()
    {
        ReceivedBytes = _framingReceived,
        WrittenBytes = _framingWritten,
        EndsInsideMessage = IsInsideWrite,
    };

    /// <inheritdoc/>
    public override bool IsClosed => Has(WebSocketState.Closed);

    /// <inheritdoc/>
    public override void Pause()
    {
        if (!Has(WebSocketState.Paused | WebSocketState.Closed))
        {
            _state |= WebSocketState.Paused;
            _inner.Pause();
        }
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        if (!Has(WebSocketState.Paused) || Has(WebSocketState.Closed))
        {
            return;
        }

        // Until now it could say what it liked, it was not read.
        _lastHeard = Loop.Now;
        _state &= ~WebSocketState.Paused;
        if (_unread is null && !Has(WebSocketState.MessageReady) && _loss == SocketError.Success)
        {
            _inner.Resume();
        }
        else if (!Has(WebSocketState.ContinueRequested))
        {
            _state |= WebSocketState.ContinueRequested;
            Loop.Post(static connection => ((WebSocketConnection)connection!).Continue(), this);
        }
    }

    bool IConnectionHandler.Breaking(SocketError error) => !Has(WebSocketState.Closed) && Handler.Breaking(error);

    void IConnectionHandler.Lost(SocketError error)
    {
        if ((_unread is not null || Has(WebSocketState.MessageReady)) && !Has(WebSocketState.Closed) && Handler.Breaking(error))
        {
            _loss = error;
        }
        else
        {
            Lose(error);
        }
    }

    private void Lose(SocketError error)
    {
        bool told = !Has(WebSocketState.Closed);
        Discard();
        if (told)
        {
            Handler.Lost(error);
        }
    }

    void ITimerTarget.TimerDue(int kind)
    {
        if (kind == CloseTimer)
        {
            CloseOverdue();
            return;
        }

        long left = _lastHeard + _options.PingIntervalMs - Loop.Now;
        if (left <= 0 && !Has(WebSocketState.Paused) && !TryKeepAlive())
        {
            IConnectionHandler handler = Handler;
            Abort();
            handler.Lost(SocketError.TimedOut);
            return;
        }

        _timer = Loop.Schedule(this, left > 0 ? left : _options.PingIntervalMs, KeepAliveTimer);
    }

    /// <summary>After an interval of silence: pings, or waits on while no pong is due. False where the client is lost.</summary>
    private bool TryKeepAlive()
    {
        NoteProgress();
        if (Has(WebSocketState.AwaitsPong))
        {
            // The ping stands behind what was sent before it, and that was still being taken.
            return Loop.Now - _lastMoved < _options.PingIntervalMs;
        }

        _state |= WebSocketState.AwaitsPong;
        SendFrame(Opcode.Ping, default);
        return true;
    }

    /// <summary>Looks whether the other end has taken some of what waited for it since the last look.</summary>
    /// <remarks>What its system takes by itself, though nobody reads, is no such sign: nothing waits here then.</remarks>
    private void NoteProgress()
    {
        SendProgress progress = _inner.SendProgress;
        bool waits = progress.Unsent > 0 || !_out.IsEmpty;
        if ((uint)progress.Acknowledged != _acknowledged && (waits || Has(WebSocketState.BytesWait)))
        {
            _lastMoved = Loop.Now;
        }

        _acknowledged = (uint)progress.Acknowledged;
        _state = waits ? _state | WebSocketState.BytesWait : _state & ~WebSocketState.BytesWait;
    }

    private static Connection Required(Connection inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner;
    }

    private bool Has(WebSocketState any) => (_state & any) != 0;
}
