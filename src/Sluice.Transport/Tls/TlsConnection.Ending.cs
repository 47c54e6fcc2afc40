using System.Net.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tls;

/// <content>How it ends, and what is freed then.</content>
public sealed partial class TlsConnection
{
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

    /// <inheritdoc/>
    public override void End(ConnectionEnd cause)
    {
        if (cause != ConnectionEnd.PeerLost || Has(TlsState.Closed) || _inner.IsClosed)
        {
            base.End(cause);
            return;
        }

        End(keepUnsent: true);
        if (_unsent is null)
        {
            _inner.End(cause);
        }
        else
        {
            _state |= TlsState.Lingering | TlsState.ResetsAfterLinger;
            _linger = Loop.Schedule(this, LingerMs);
        }
    }

    bool IConnectionHandler.Breaking(SocketError error) => !Has(TlsState.Closed) && Handler.Breaking(error);

    void IConnectionHandler.Lost(SocketError error)
    {
        if (Has(TlsState.Lingering))
        {
            EndLinger();
        }
        else if (!Has(TlsState.Closed) && !Drains(error))
        {
            Lose(error);
        }
    }

    /// <summary>
    /// The connection below is gone. Returns true if decrypted or encrypted bytes still wait here and the owner wants them.
    /// </summary>
    private bool Drains(SocketError error)
    {
        if (_handshake is not null || Has(TlsState.Reading | TlsState.ReadFinished) || !Handler.Breaking(error))
        {
            return false;
        }

        _loss = error;
        return true;
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

    private void Lose(SocketError error)
    {
        IConnectionHandler handler = Handler;
        End();
        _inner.Abort();
        NotifyHandshakeEnded(error, null);
        handler.Lost(error);
    }

    private void FailLater()
    {
        _state |= TlsState.Failed;
        Loop.RunAgain(this);
    }

    /// <summary>Closes the connection for the owner: returns what is rented, and frees the stream as soon as it is unused.</summary>
    private void End(bool keepUnsent = false)
    {
        _state |= TlsState.Closed;
        _hello = null;
        if (!keepUnsent)
        {
            ReturnUnsent();
        }

        if (_handshake is not null && !_handshake.TryTakeBack())
        {
            // It comes back after its step.
            return;
        }

        _pipe.Take();
        _pipe.End();
        if (_handshake is { Stream: not null })
        {
            ReturnUnread();
            _handshake.Step(_pipe, ends: true);
            return;
        }

        // A read that waits ends here; disposing of the stream alone would leave it, and what it has rented.
        _pipe.Complete();
        _stream?.Dispose();
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
        _inner.End(Has(TlsState.ResetsAfterLinger) ? ConnectionEnd.PeerLost : ConnectionEnd.Finished);
    }
}
