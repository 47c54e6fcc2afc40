using System.Net.Sockets;

namespace Sluice.Transport.WebSocket;

/// <summary>The server's end of a WebSocket connection (RFC 6455), over any byte stream, seen as a byte stream itself.</summary>
/// <remarks>
/// Messages reach the handler in the framing of <see cref="WebSocketOptions.Received"/>, and written bytes leave as messages. Bytes are
/// processed in place: masks are undone in the loop's scratch buffer, and heads are put before what was received there. A connection owns a
/// buffer only while it holds part of a message, or something that the client does not take.
/// <para>
/// A close frame ends both directions: the connection is closed, then <see cref="IConnectionHandler.Finished"/> is called. A FIN without a
/// close frame ends only its own direction, as with TCP. <see cref="FinishWriting"/> sends a close frame, and reading continues until the
/// client
/// answers it.
/// </para>
/// </remarks>
public sealed class WebSocketConnection : Connection, IConnectionHandler
{
    private readonly Connection _inner;
    private readonly FrameWriter _frames;
    private readonly MessageReader _reader;
    private readonly MessageWriter _writer;
    private readonly KeepAlive _keepAlive;
    private readonly CloseHandshake _close;
    private WebSocketOptions _options;
    private WebSocketState _state = WebSocketState.Paused;
    private byte[]? _unread;
    private SocketError _loss;

    /// <summary>Takes over a connection on which the upgrade was answered. It begins paused.</summary>
    /// <param name="inner">Carries the frames; nobody else uses it from here on.</param>
    /// <param name="options">The framing and the limits.</param>
    /// <param name="compresses">Whether permessage-deflate was agreed on.</param>
    /// <param name="behind">Bytes received after the request.</param>
    public WebSocketConnection(Connection inner, WebSocketOptions options, bool compresses, ReadOnlySpan<byte> behind)
        : base(Required(inner).Loop, NoHandler.Instance)
    {
        ArgumentNullException.ThrowIfNull(options);
        _inner = inner;
        _options = options;
        _unread = behind.IsEmpty ? null : behind.ToArray();
        _frames = new FrameWriter(inner);
        _reader = new MessageReader(this, compresses);
        _writer = new MessageWriter(Loop, _frames, compresses) { Options = options };
        inner.Handler = this;
        inner.Pause();
        _keepAlive = new KeepAlive(this, inner, _frames, options.PingIntervalMs);
        _close = new CloseHandshake(this, inner, _frames, _keepAlive);
    }

    /// <summary>
    /// The framing and the limits. May be changed while no message is half received; <see cref="ConnectionFraming.ReceivedBytes"/> then
    /// counts anew.
    /// </summary>
    public WebSocketOptions Options
    {
        get => _options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _options = _writer.Options = value;
            _reader.FramingBytes = 0;
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
            _keepAlive.NoteProgress();
            return new() { LastMoved = _keepAlive.LastMoved };
        }
    }

    /// <inheritdoc/>
    public override ConnectionFraming Framing => new()
    {
        ReceivedBytes = _reader.FramingBytes,
        WrittenBytes = _writer.FramingBytes,
        EndsInsideMessage = _writer.IsInsideMessage,
    };

    /// <inheritdoc/>
    public override bool HoldsBytes => !_frames.IsEmpty;

    /// <inheritdoc/>
    public override bool IsClosed => Has(WebSocketState.Closed);

    /// <summary>Whether the owner wants no bytes now.</summary>
    internal bool IsPaused => Has(WebSocketState.Paused);

    /// <summary>Whether no bytes may be pushed now.</summary>
    internal bool IsStopped => Has(WebSocketState.Paused | WebSocketState.Closed);

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (IsClosed || _close.IsSent)
        {
            return 0;
        }

        int taken = _writer.Write(data);
        if (taken > 0 && _writer.IsRejected)
        {
            LoseLater();
        }

        return taken;
    }

    /// <summary>Sends one message, binary or text as the options say. What is not taken at once is held.</summary>
    public void WriteMessage(ReadOnlySpan<byte> message)
    {
        if (!IsClosed && !_close.IsSent)
        {
            _writer.Send(message);
        }
    }

    /// <summary>Sends a close frame; what the client still sends is pushed until it answers with its own.</summary>
    public override void FinishWriting()
    {
        if (IsClosed || _close.IsSent)
        {
            return;
        }

        if (!_writer.IsInsideMessage)
        {
            _close.Send(CloseCode.Normal, "");
            _close.AwaitAnswer();
        }
        else if (_writer.Reject())
        {
            // What was cut off was never a message.
            LoseLater();
        }
    }

    /// <inheritdoc/>
    public override void Pause()
    {
        if (!IsStopped)
        {
            _state |= WebSocketState.Paused;
            _inner.Pause();
        }
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        if (!IsPaused || IsClosed)
        {
            return;
        }

        // It was not read until now, so its silence meant nothing.
        _keepAlive.LastHeard = Loop.Now;
        _state &= ~WebSocketState.Paused;
        if (_unread is null && !_reader.HasMessage && _loss == SocketError.Success)
        {
            _inner.Resume();
        }
        else if (!Has(WebSocketState.ContinueRequested))
        {
            _state |= WebSocketState.ContinueRequested;
            Loop.Post(static connection => ((WebSocketConnection)connection!).Continue(), this);
        }
    }

    /// <inheritdoc/>
    public override void Close() => Close(CloseCode.Normal, "");

    /// <summary>
    /// Ends the connection with a code, unless a close frame was sent before. What still arrives is dropped for a moment.
    /// </summary>
    /// <param name="code">Why.</param>
    /// <param name="reason">Text for people and pages, at most 123 bytes of UTF-8.</param>
    /// <param name="closed">Called on the loop once the connection is gone.</param>
    public void Close(CloseCode code, string reason, Action? closed = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (IsClosed)
        {
            closed?.Invoke();
            return;
        }

        _close.Send(code, reason);
        _close.NotifyWhenClosed(closed);
        Shut();
    }

    /// <inheritdoc/>
    public override void End(ConnectionEnd cause) => Close(
        cause switch
        {
            ConnectionEnd.PeerLost => CloseCode.InternalError,
            ConnectionEnd.Idle => CloseCode.GoingAway,
            ConnectionEnd.Shutdown => CloseCode.ServiceRestart,
            ConnectionEnd.Kicked => CloseCode.PolicyViolation,
            _ => _writer.IsInsideMessage ? CloseCode.InternalError : CloseCode.Normal,
        },
        "");

    /// <inheritdoc/>
    public override void Abort()
    {
        if (!_close.TryEndLingering())
        {
            Discard();
            _inner.Abort();
        }
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
        if (IsClosed)
        {
            return;
        }

        if (!_close.IsSent)
        {
            _keepAlive.Heard();
        }

        Process(data);
    }

    void IConnectionHandler.Writable()
    {
        int held = _frames.Count;
        _frames.Flush();
        if (_frames.Count < held)
        {
            _keepAlive.PayloadTaken();
        }

        if (!_frames.IsEmpty)
        {
            return;
        }

        if (IsClosed)
        {
            _close.LingerWhenWritten();
        }
        else
        {
            Handler.Writable();
        }
    }

    void IConnectionHandler.Finished()
    {
        if (IsClosed)
        {
            return;
        }

        if (_reader.IsInsideMessage)
        {
            // Cut off in the middle of a message.
            Close(CloseCode.ProtocolError, _options.BreachReason);
            Handler.Lost(SocketError.ConnectionReset);
        }
        else if (_close.IsSent)
        {
            Shut();
            Handler.Finished();
        }
        else
        {
            // Nothing more can come from the client, so its silence means nothing from here on.
            _keepAlive.Stop();
            Handler.Finished();
        }
    }

    bool IConnectionHandler.Breaking(SocketError error) => !IsClosed && Handler.Breaking(error);

    void IConnectionHandler.Lost(SocketError error)
    {
        if ((_unread is not null || _reader.HasMessage) && !IsClosed && Handler.Breaking(error))
        {
            _loss = error;
        }
        else
        {
            Lose(error);
        }
    }

    /// <summary>Answers a ping, unless a close frame was sent.</summary>
    internal void ReceivedPing(ReadOnlySpan<byte> payload)
    {
        if (!_close.IsSent)
        {
            _frames.AnswerPing(payload);
        }
    }

    /// <summary>Notes that payload arrived. After a close frame only payload extends the wait.</summary>
    internal void ReceivedPayload() => _keepAlive.PayloadReceived();

    /// <summary>Answers a close frame, and ends the connection.</summary>
    internal void ReceivedClose(CloseCode code)
    {
        if (!IsClosed)
        {
            _close.Send(code == CloseCode.None ? CloseCode.Normal : code, "");
            Shut();
            Handler.Finished();
        }
    }

    /// <summary>The client answered no ping.</summary>
    internal void LoseSilent()
    {
        IConnectionHandler handler = Handler;
        Abort();
        handler.Lost(SocketError.TimedOut);
    }

    /// <summary>The client did not answer the close frame in time.</summary>
    internal void CloseUnanswered()
    {
        bool isCutOff = _reader.IsInsideMessage;
        Shut();
        if (isCutOff)
        {
            Handler.Lost(SocketError.TimedOut);
        }
        else
        {
            Handler.Finished();
        }
    }

    /// <summary>Closes the connection and drops what it holds.</summary>
    internal void Discard()
    {
        _state |= WebSocketState.Closed;
        ReleaseMessages();
        _frames.Release();
        _close.Discard();
    }

    private static Connection Required(Connection inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner;
    }

    /// <summary>Continues with what was kept while the handler had paused.</summary>
    private void Continue()
    {
        _state &= ~WebSocketState.ContinueRequested;
        if (IsStopped || (_reader.HasMessage && !_reader.PushMessage()))
        {
            return;
        }

        if (_unread is { } unread)
        {
            _unread = null;
            Process(unread);
        }

        if (!IsStopped && !Has(WebSocketState.ContinueRequested))
        {
            if (_loss == SocketError.Success)
            {
                _inner.Resume();
            }
            else
            {
                Lose(_loss);
            }
        }
    }

    /// <summary>Reads frames; what the handler does not want now is kept.</summary>
    private void Process(Span<byte> chunk)
    {
        _frames.Cork();
        int read = _reader.Read(chunk, out CloseCode breach);
        if (breach != CloseCode.None && !IsClosed)
        {
            Close(breach, _options.BreachReason);
            Handler.Lost(SocketError.ProtocolNotSupported);
        }

        if (read < chunk.Length && !IsClosed)
        {
            _unread = chunk[read..].ToArray();
        }

        _frames.Uncork();
        if (IsClosed)
        {
            _close.LingerWhenWritten();
        }
    }

    /// <summary>Reports in the next turn that written bytes cannot be a message: the writer is in the middle of something.</summary>
    private void LoseLater() => Loop.Post(
        static state =>
        {
            var connection = (WebSocketConnection)state!;
            if (!connection.IsClosed)
            {
                connection.Close(CloseCode.InternalError, "");
                connection.Handler.Lost(SocketError.MessageSize);
            }
        },
        this);

    private void Lose(SocketError error)
    {
        bool wasClosed = IsClosed;
        Discard();
        if (!wasClosed)
        {
            Handler.Lost(error);
        }
    }

    /// <summary>Closes the connection for the owner. What is held is still sent, then the stream is finished in order.</summary>
    private void Shut()
    {
        _state |= WebSocketState.Closed;
        ReleaseMessages();
        if (!_frames.IsCorked)
        {
            _close.LingerWhenWritten();
        }
    }

    private void ReleaseMessages()
    {
        _reader.Release();
        _writer.Release();
        _unread = null;
    }

    private bool Has(WebSocketState any) => (_state & any) != 0;
}
