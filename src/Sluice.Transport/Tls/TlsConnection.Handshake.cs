using System.Net.Sockets;

namespace Sluice.Transport.Tls;

/// <content>The handshake, as its loop sees it.</content>
public sealed partial class TlsConnection
{
    /// <summary>A step of the handshake is over; called on the loop.</summary>
    /// <param name="ended">Whether it was the last one.</param>
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
                handshake.Step(_pipe, ends: true);
            }

            UpdateInner();
            return;
        }

        _handshake = null;
        if (fault is not null || Has(TlsState.Closed))
        {
            handshake.Stream!.Dispose();
            ReturnUnread();
            HandshakeFailed(fault, handshake);
            return;
        }

        _stream = handshake.Stream;
        _pipe.Owner = this;
        NotifyHandshakeEnded(SocketError.Success, null);
        ((IConnectionHandler)this).Writable();
        Loop.RunAgain(this);
    }

    private void HandshakeFailed(Exception? fault, TlsHandshake handshake)
    {
        if (Has(TlsState.Closed))
        {
            return;
        }

        string problem = handshake.NotTrusted ?? Explain(fault!);
        if (handshake is { NotTrusted: not null, Server: { } server } && server.MayWarn(Loop.Now))
        {
            TlsLog.ClientNotTrusted(_logger, RemoteAddress, problem);
        }
        else
        {
            TlsLog.HandshakeFailed(_logger, RemoteAddress, problem);
        }

        IConnectionHandler handler = Handler;
        End();

        // The alert that says why must not be overtaken by a reset.
        LingeringClose.Begin(_inner);
        NotifyHandshakeEnded(ProtocolViolation, problem);
        handler.Lost(_pipe.EndWasRead ? SocketError.ConnectionReset : ProtocolViolation);
    }

    private void NotifyHandshakeEnded(SocketError error, string? problem)
    {
        Action<TlsConnection, SocketError, string?>? ended = _handshakeEnded;
        _handshakeEnded = null;
        ended?.Invoke(this, error, problem);
    }

    /// <summary>
    /// What went wrong, in the words of every inner exception: the outer one only says "see inner exception", and the innermost what
    /// OpenSSL said.
    /// </summary>
    private static string Explain(Exception fault)
    {
        string explained = "";
        for (Exception? next = fault.InnerException ?? fault; next is not null; next = next.InnerException)
        {
            explained += explained.Length == 0 ? next.Message : $" {next.Message}";
        }

        return explained;
    }
}
