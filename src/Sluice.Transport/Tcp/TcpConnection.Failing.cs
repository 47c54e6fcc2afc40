using System.Net.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tcp;

/// <content>Losing the connection, with or without bytes that were received before.</content>
public sealed partial class TcpConnection
{
    void IPollTarget.Faulted(Exception fault)
    {
        if (!IsClosed)
        {
            IConnectionHandler handler = Handler;
            Abort();
            try
            {
                handler.Lost(SocketError.Fault);
            }
#pragma warning disable CA1031 // The handler is the one that failed just now; its first fault is logged already.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    /// <summary>Both directions are over, or the socket failed. Finds that out if reading cannot.</summary>
    private void TakeFailure()
    {
        if (Has(TcpState.Paused | TcpState.ReadFinished))
        {
            _failure = _socket.TakeError();
            if (_failure == SocketError.Success)
            {
                _state = (_state | TcpState.Muted) & ~TcpState.Breaking;
                UpdateInterest();
            }
        }
    }

    /// <summary>The socket failed. Returns true if the handler wants what was received before that.</summary>
    private bool TryDrain()
    {
        if (Has(TcpState.ReadFinished) || !(Has(TcpState.Draining) || _socket.HasUnread) || !Handler.Breaking(Named(_failure)))
        {
            return false;
        }

        if (!Has(TcpState.Draining))
        {
            // A level-triggered poller would report the failure for as long as nobody reads.
            _state |= TcpState.Draining | TcpState.MayHaveBytes | TcpState.WriteBlocked;
            _state |= Has(TcpState.Paused) ? TcpState.Muted : TcpState.None;
            UpdateInterest();
        }

        return true;
    }

    /// <summary>
    /// After the failure was taken, the end of the received bytes looks like a FIN. Returns true for that end; the loss is reported next
    /// turn.
    /// </summary>
    private bool IsDrained(int count)
    {
        // A FIN before the reset is still a FIN: what was received is complete.
        if (!Has(TcpState.Draining) || (count == 0 && _failure == SocketError.Shutdown))
        {
            return false;
        }

        _state &= ~(TcpState.Draining | TcpState.MayHaveBytes);
        Loop.RunAgain(this);
        return true;
    }

    private void LookForBreak()
    {
        if (Has(TcpState.Breaking) || _failure != SocketError.Success)
        {
            Loop.RunAgain(this);
        }
    }

    /// <summary>
    /// Reports a failure in the next turn: the writer is in the middle of something.
    /// </summary>
    private void FailLater(SocketError error)
    {
        _failure = _failure == SocketError.Success ? error : _failure;
        _state = (_state | TcpState.WriteBlocked) & ~TcpState.Draining;
        Loop.RunAgain(this);
    }

    private void Lose(SocketError error)
    {
        IConnectionHandler handler = Handler;
        Close(abort: false);
        handler.Lost(Named(error));
    }

    /// <summary>The system calls a reset that came after a FIN a broken pipe.</summary>
    private static SocketError Named(SocketError error) => error == SocketError.Shutdown ? SocketError.ConnectionReset : error;
}
