using Sluice.Transport.Sockets;

namespace Sluice.Transport.Tcp;

/// <content>Bytes that pass through a pipe, outside the memory of the process.</content>
public sealed partial class TcpConnection
{
    /// <summary>Sends bytes that wait in a pipe, without copying them; what was not taken stays there. Linux only.</summary>
    /// <param name="pipe">Holds the bytes.</param>
    /// <param name="count">How many were taken, as with <see cref="Write"/>.</param>
    /// <returns>False if the kernel cannot splice into this socket; nothing was taken then.</returns>
    public bool TryWrite(SocketPipe pipe, out int count)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        count = 0;
        if (Has(TcpState.Closed | TcpState.WriteBlocked | TcpState.WriteFinished) || pipe.Count == 0)
        {
            return true;
        }

        int offered = pipe.Count;
        int sent = pipe.DrainTo(_socket);
        if (sent == SocketPipe.Unsupported)
        {
            return false;
        }

        count = Sent(sent, offered);
        return true;
    }

    /// <summary>Moves waiting bytes into an empty pipe without copying them. For an <see cref="IReadableHandler"/>; Linux only.</summary>
    /// <returns><see cref="TransferStatus.Moved"/> until the connection is found empty.</returns>
    public TransferStatus ReceiveInto(SocketPipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        if (Has(TcpState.Closed | TcpState.ReadFinished))
        {
            return TransferStatus.WouldBlock;
        }

        int count = pipe.FillFrom(_socket);
        if (count > 0)
        {
            return TransferStatus.Moved;
        }

        switch (count)
        {
            case 0 when _socket.HasUnread:
                // A splice that stops at urgent data looks like a FIN.
                _state |= TcpState.Urgent;
                ReadAgain();
                return TransferStatus.WouldBlock;
            case 0 or StreamSocket.WouldBlock when IsDrained(count):
                return TransferStatus.WouldBlock;
            case 0:
                // An urgent byte just before the FIN is dropped by a receive. Left where it is, it would turn our close into a reset.
                _ = _socket.Receive(Loop.Scratch.AsSpan(0, 1));
                ReadingFinished();
                return TransferStatus.Finished;
            case StreamSocket.WouldBlock:
                _state &= ~TcpState.MayHaveBytes;
                return TransferStatus.WouldBlock;
            case SocketPipe.Unsupported:
                return TransferStatus.Unsupported;
            default:
                FailLater(_socket.LastError);
                return TransferStatus.WouldBlock;
        }
    }

    /// <summary>
    /// Has the handler called again in the next turn, after other targets. For an <see cref="IReadableHandler"/> that leaves bytes.
    /// </summary>
    public void ReadAgain()
    {
        _state |= TcpState.MayHaveBytes;
        Loop.RunAgain(this);
    }
}
