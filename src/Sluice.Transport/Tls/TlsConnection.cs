using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tls;

/// <summary>TLS over another connection. It begins paused; the handshake goes on by itself, and until it is over nothing is taken or pushed.</summary>
/// <remarks>
/// FIN of the stream inside is close_notify: <see cref="FinishWriting"/> sends it, and FIN behind it; a received one is
/// <see cref="IConnectionHandler.Finished"/>. A FIN without close_notify is told as <see cref="IConnectionHandler.Lost"/>: anybody on
/// the way can forge one, and a stream that was cut short must not look complete (RFC 8446 6.1).
/// What is kept: at most one buffer of encrypted bytes per direction, only while the other side is not taking them, and one incomplete record.
/// </remarks>
#pragma warning disable CA1001 // Close and Abort free what it has.
public sealed class TlsConnection : Connection, IConnectionHandler, ITlsPipeOwner, IPollTarget, ITimerTarget
#pragma warning restore CA1001
{
    /// <summary>Told by <see cref="IConnectionHandler.Lost"/> where the other end does not speak TLS as it should.</summary>
    public const SocketError ProtocolViolation = SocketError.ProtocolNotSupported;

    /// <summary>Largest plaintext of a record (RFC 8446 5.1).</summary>
    private const int RecordBytes = 16 * 1024;

    /// <summary>Room that encryption may add to a record, and that close_notify takes behind it.</summary>
    private const int RecordOverhead = 1024;

    /// <summary>How long the last bytes may take to be taken by the system after <see cref="Close"/>.</summary>
    private const long LingerMs = 30_000;

    private readonly Connection _inner;
    private readonly ILogger _logger;
    private readonly TlsPipe _pipe;
    private readonly Action _readEnded;
    private TlsHandshake? _handshake;
    private Action<TlsConnection, SocketError, string?>? _handshakeEnded;
    private SslStream? _stream;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _read;
    private byte[]? _plain;
    private byte[]? _unread;
    private byte[]? _unsent;
    private int _unsentStart;
    private int _unsentEnd;
    private TimerId _linger;
    private TlsState _state = TlsState.Paused | TlsState.InnerPaused;

    private TlsConnection(Connection inner, Func<SslStream, Task> authenticate, ILogger? logger)
        : base(inner.Loop, NoHandler.Instance)
    {
        _inner = inner;
        _logger = logger ?? NullLogger.Instance;
        _readEnded = ReadEnded;
        _handshake = new TlsHandshake(Loop, this, authenticate);
        _pipe = new TlsPipe(_handshake);
        inner.Handler = this;
    }

    /// <inheritdoc/>
    public override NetworkAddress RemoteAddress => _inner.RemoteAddress;

    /// <inheritdoc/>
    public override long? LastHeard => _inner.LastHeard;

    /// <inheritdoc/>
    public override bool IsClosed => Has(TlsState.Closed);

    /// <summary>Begins as the server on a connection that was accepted. The owner bounds the time of the handshake.</summary>
    /// <param name="inner">The connection below, paused; it is this one's from here on.</param>
    /// <param name="server">Certificates and settings.</param>
    /// <param name="logger">Where failed handshakes are told, at Debug.</param>
    public static TlsConnection Accept(Connection inner, TlsServer server, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(server);
        var connection = new TlsConnection(inner, server.AuthenticateAsync, logger);

        // Nothing else is made until the client speaks: a silent one costs little more than without TLS.
        connection.UpdateInner();
        return connection;
    }

    /// <summary>Begins as the client, on the loop.</summary>
    internal static TlsConnection Begin(Connection inner, Func<SslStream, Task> authenticate, Action<TlsConnection, SocketError, string?> ended)
    {
        var connection = new TlsConnection(inner, authenticate, logger: null) { _handshakeEnded = ended };
        connection._handshake!.Step(connection._pipe);
        return connection;
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (Has(TlsState.Closed | TlsState.WriteFinished) || data.IsEmpty)
        {
            return 0;
        }

        int taken = 0;
        int most = Math.Min(RecordBytes, Loop.Buffers.BufferBytes - RecordOverhead);
        while (taken < data.Length && _handshake is null && _unsent is null)
        {
            ReadOnlySpan<byte> record = data.Slice(taken, Math.Min(most, data.Length - taken));
            if (!TryEncrypt(record))
            {
                break;
            }

            taken += record.Length;
        }

        if (taken < data.Length)
        {
            _state |= TlsState.WriteBlocked;
        }

        return taken;
    }

    /// <inheritdoc/>
    public override void FinishWriting()
    {
        if (!Has(TlsState.Closed | TlsState.WriteFinished))
        {
            SayGoodbye();
            FinishInner();
        }
    }

    /// <inheritdoc/>
    public override void Pause()
    {
        _state |= TlsState.Paused;
        UpdateInner();
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        if (Has(TlsState.Paused) && !Has(TlsState.Closed))
        {
            _state &= ~TlsState.Paused;
            RequestAgain();
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (Has(TlsState.Closed))
        {
            return;
        }

        if (!Has(TlsState.WriteFinished))
        {
            SayGoodbye();
        }

        End(keepUnsent: !_inner.IsClosed);
        if (_unsent is null)
        {
            _inner.Close();
        }
        else
        {
            // These bytes were taken from the owner, so they are still delivered.
            _state |= TlsState.Lingering;
            _linger = Loop.Schedule(this, LingerMs);
        }
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        if (!Has(TlsState.Closed))
        {
            End();
            _inner.Abort();
        }
    }

    /// <summary>A step of the handshake is over; called on the loop.</summary>
    /// <param name="ended">True where it was the last one.</param>
    /// <param name="fault">Why the handshake failed, if it did.</param>
    internal void HandshakeCameBack(bool ended, Exception? fault)
    {
        TlsHandshake handshake = _handshake!;
        if (!handshake.ToSend.IsEmpty && !_inner.IsClosed)
        {
            ((ITlsPipeOwner)this).Send(handshake.ToSend);
        }

        if (!ended)
        {
            ReturnUnread();
            if (Has(TlsState.Closed))
            {
                _pipe.End();
                handshake.Step(_pipe);
            }

            UpdateInner();
            return;
        }

        _handshake = null;
        if (fault is not null || Has(TlsState.Closed))
        {
            handshake.Stream!.Dispose();
            ReturnUnread();
            HandshakeFailed(fault);
            return;
        }

        _stream = handshake.Stream;
        _pipe.Owner = this;
        TellHandshakeEnded(SocketError.Success, null);
        ((IConnectionHandler)this).Writable();
        RequestAgain();
    }

    void IConnectionHandler.Received(ReadOnlySpan<byte> data)
    {
        if (Has(TlsState.Closed | TlsState.ReadFinished))
        {
            return;
        }

        if (_handshake is not null)
        {
            KeepUnread(data);
            _handshake.Step(_pipe);
            UpdateInner();
            return;
        }

        if (Loop.Scratch.AsSpan().Overlaps(data, out int offset))
        {
            // Nothing else is received into it until this returns.
            _pipe.Give(Loop.Scratch, offset, data.Length);
            Pump();
            if (_pipe.Available > 0)
            {
                KeepUnread(_pipe.Take());
            }
        }
        else
        {
            KeepUnread(data);
            Pump();
        }

        UpdateInner();
    }

    void IConnectionHandler.Writable()
    {
        if (_unsent is not null)
        {
            _unsentStart += _inner.Write(_unsent.AsSpan(_unsentStart, _unsentEnd - _unsentStart));
            if (_unsentStart < _unsentEnd)
            {
                return;
            }

            ReturnUnsent();
        }

        if (Has(TlsState.Lingering))
        {
            EndLinger();
        }
        else if (Has(TlsState.WriteFinished))
        {
            FinishInner();
        }
        else if (Has(TlsState.WriteBlocked) && !Has(TlsState.Closed) && _handshake is null)
        {
            _state &= ~TlsState.WriteBlocked;
            Handler.Writable();
        }
    }

    void IConnectionHandler.Finished()
    {
        if (Has(TlsState.Closed | TlsState.ReadFinished))
        {
            return;
        }

        _pipe.End();
        if (_handshake is null)
        {
            Pump();
        }
        else if (_handshake.Stream is null)
        {
            Lose(SocketError.ConnectionReset);
        }
        else
        {
            _handshake.Step(_pipe);
        }
    }

    void IConnectionHandler.Lost(SocketError error)
    {
        if (Has(TlsState.Lingering))
        {
            EndLinger();
        }
        else if (!Has(TlsState.Closed))
        {
            Lose(error);
        }
    }

    void ITlsPipeOwner.Starved()
    {
        // The next bytes of the connection below end the read.
    }

    void ITlsPipeOwner.Send(ReadOnlySpan<byte> data)
    {
        if (_unsent is null)
        {
            data = data[_inner.Write(data)..];
            if (data.IsEmpty)
            {
                return;
            }

            _unsent = Loop.Buffers.Rent();
            (_unsentStart, _unsentEnd) = (0, 0);
        }

        if (data.Length > _unsent.Length - _unsentEnd)
        {
            // Only a peer that asks for answers and reads none comes here.
            FailLater();
            return;
        }

        data.CopyTo(_unsent.AsSpan(_unsentEnd));
        _unsentEnd += data.Length;
    }

    void IPollTarget.Ready(PollEvents events)
    {
        _state &= ~TlsState.AgainRequested;
        if (Has(TlsState.Closed))
        {
            return;
        }

        if (Has(TlsState.Failed))
        {
            Lose(ProtocolViolation);
            return;
        }

        if (_handshake is null)
        {
            Pump();
        }

        UpdateInner();
    }

    void IPollTarget.Faulted(Exception fault)
    {
        if (!Has(TlsState.Closed))
        {
            Lose(SocketError.Fault);
        }
    }

    void ITimerTarget.TimerDue(int kind)
    {
        _inner.Abort();
        EndLinger();
    }

    /// <summary>Reads what can be read and pushes it, until there is no more or the owner has enough.</summary>
    private void Pump()
    {
        if (Has(TlsState.Pumping))
        {
            return;
        }

        _state |= TlsState.Pumping;
        try
        {
            _pipe.Complete();
            while (!Has(TlsState.Reading | TlsState.Paused | TlsState.ReadFinished | TlsState.Closed))
            {
                Read();
            }
        }
        finally
        {
            _state &= ~TlsState.Pumping;
            ReturnPlain();
        }

        if (_pipe.Available == 0)
        {
            ReturnUnread();
        }
    }

    /// <summary>
    /// One read. Before each there is one of no bytes: it ends when bytes are there, and while it waits the stream keeps no buffer of its own.
    /// </summary>
    private void Read()
    {
        bool asks = !Has(TlsState.MayRead);
        if (!Has(TlsState.ReadEnded))
        {
#pragma warning disable CA2012 // Taken exactly once, by TryTakeResult.
            _read = _stream!.ReadAsync(asks ? default : _plain ??= Loop.Buffers.Rent()).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            if (!_read.IsCompleted)
            {
                _state |= TlsState.Reading;
                _read.UnsafeOnCompleted(_readEnded);
                return;
            }
        }

        _state &= ~TlsState.ReadEnded;
        if (!TryTakeResult(out int count))
        {
            Lose(_pipe.EndWasRead ? SocketError.ConnectionReset : ProtocolViolation);
        }
        else if (asks)
        {
            _state |= TlsState.MayRead;
        }
        else if (count > 0)
        {
            _state &= ~TlsState.MayRead;
            Handler.Received(_plain.AsSpan(0, count));
        }
        else if (_pipe.EndWasRead)
        {
            Lose(SocketError.ConnectionReset);
        }
        else
        {
            _state |= TlsState.ReadFinished;
            _pipe.Take();
            Handler.Finished();
        }
    }

    private bool TryEncrypt(ReadOnlySpan<byte> record)
    {
        try
        {
            _stream!.Write(record);
            return true;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            TlsLog.Broken(_logger, RemoteAddress, Explain(failure));
            FailLater();
            return false;
        }
    }

    private bool TryTakeResult(out int count)
    {
        try
        {
            count = _read.GetResult();
            return true;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            TlsLog.Broken(_logger, RemoteAddress, Explain(failure));
            count = 0;
            return false;
        }
    }

    /// <summary>A read that waited has ended, inside of <see cref="TlsPipe.Complete"/>. Its result is taken once the stream is left.</summary>
    private void ReadEnded()
    {
        _state = (_state | TlsState.ReadEnded) & ~TlsState.Reading;
        if (Has(TlsState.Closed))
        {
            _state &= ~TlsState.ReadEnded;
            TryTakeResult(out _);
        }
    }

    private void HandshakeFailed(Exception? fault)
    {
        if (Has(TlsState.Closed))
        {
            return;
        }

        string problem = Explain(fault!);
        TlsLog.HandshakeFailed(_logger, RemoteAddress, problem);
        IConnectionHandler handler = Handler;
        End();

        // The alert that says why must not be overtaken by a reset.
        LingeringClose.Begin(_inner);
        TellHandshakeEnded(ProtocolViolation, problem);
        handler.Lost(_pipe.EndWasRead ? SocketError.ConnectionReset : ProtocolViolation);
    }

    private static bool IsExpected(Exception failure) =>
        failure is IOException or AuthenticationException or ObjectDisposedException or InvalidOperationException;

    private static string Explain(Exception fault) =>
        fault.InnerException is { } inner ? $"{fault.Message} {inner.Message}" : fault.Message;

    private void TellHandshakeEnded(SocketError error, string? problem)
    {
        Action<TlsConnection, SocketError, string?>? ended = _handshakeEnded;
        _handshakeEnded = null;
        ended?.Invoke(this, error, problem);
    }

    private void SayGoodbye()
    {
        _state |= TlsState.WriteFinished;
        if (_stream is not null && !_inner.IsClosed)
        {
            // It writes into the pipe, which takes everything at once.
            _ = _stream.ShutdownAsync().Exception;
        }
    }

    private void FinishInner()
    {
        if (_unsent is null && !Has(TlsState.InnerFinished))
        {
            _state |= TlsState.InnerFinished;
            _inner.FinishWriting();
        }
    }

    private void Lose(SocketError error)
    {
        IConnectionHandler handler = Handler;
        End();
        _inner.Abort();
        TellHandshakeEnded(error, null);
        handler.Lost(error);
    }

    private void FailLater()
    {
        _state |= TlsState.Failed;
        RequestAgain();
    }

    /// <summary>Over for the owner: gives back what is rented, and frees the stream as soon as nobody uses it.</summary>
    private void End(bool keepUnsent = false)
    {
        _state |= TlsState.Closed;
        if (!keepUnsent)
        {
            ReturnUnsent();
        }

        _pipe.End();
        if (_handshake is { IsAway: true })
        {
            return;
        }

        if (_handshake is { Stream: not null })
        {
            _handshake.Step(_pipe);
            return;
        }

        // A read that waits ends here; disposing of the stream alone would leave it, and what it has rented.
        _pipe.Complete();
        _stream?.Dispose();
        _pipe.Take();
        ReturnUnread();
        if (!Has(TlsState.Pumping))
        {
            ReturnPlain();
        }
    }

    private void EndLinger()
    {
        _state &= ~TlsState.Lingering;
        Loop.Cancel(_linger);
        ReturnUnsent();
        _inner.Close();
    }

    private void UpdateInner()
    {
        if (Has(TlsState.Closed))
        {
            return;
        }

        bool pause = _handshake is null ? Has(TlsState.Paused) || _unread is not null : _handshake.IsAway;
        if (pause == Has(TlsState.InnerPaused))
        {
            return;
        }

        _state ^= TlsState.InnerPaused;
        if (pause)
        {
            _inner.Pause();
        }
        else
        {
            _inner.Resume();
        }
    }

    private void RequestAgain()
    {
        if (!Has(TlsState.AgainRequested))
        {
            _state |= TlsState.AgainRequested;
            Loop.RunAgain(this);
        }
    }

    private void KeepUnread(ReadOnlySpan<byte> data)
    {
        _unread ??= Loop.Buffers.Rent();
        data.CopyTo(_unread);
        _pipe.Give(_unread, 0, data.Length);
    }

    private void ReturnUnread() => Return(ref _unread);

    private void ReturnUnsent() => Return(ref _unsent);

    private void ReturnPlain() => Return(ref _plain);

    private void Return(ref byte[]? buffer)
    {
        if (buffer is not null)
        {
            Loop.Buffers.Return(buffer);
            buffer = null;
        }
    }

    private bool Has(TlsState any) => (_state & any) != 0;
}
