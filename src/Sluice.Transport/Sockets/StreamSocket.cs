using System.Net.Sockets;

namespace Sluice.Transport.Sockets;

/// <summary>A connected, non-blocking TCP socket.</summary>
internal abstract class StreamSocket
{
    /// <summary>Returned by <see cref="Receive"/> and <see cref="Send(ReadOnlySpan{byte})"/>: nothing can be done now.</summary>
    public const int WouldBlock = -1;

    /// <summary>
    /// Returned by <see cref="Receive"/> and <see cref="Send(ReadOnlySpan{byte})"/>: the connection is gone, <see cref="LastError"/> says
    /// why.
    /// </summary>
    public const int Failed = -2;

    /// <summary>What a poller watches.</summary>
    public abstract nint Handle { get; }

    /// <summary>
    /// Why the last call returned <see cref="Failed"/>; <see cref="SocketError.Shutdown"/> (EPIPE) for a reset that came after the other
    /// end's FIN.
    /// </summary>
    public SocketError LastError { get; set; }

    /// <summary>The local address; default if the system does not report it.</summary>
    public abstract NetworkAddress LocalAddress { get; }

    /// <summary>How much of the sent bytes was acknowledged; the default if the system does not report it.</summary>
    public abstract SendProgress SendProgress { get; }

    /// <summary>Whether received bytes wait to be taken. Asks the system; also answers on a socket that failed.</summary>
    public abstract bool HasUnread { get; }

    /// <summary>Bytes taken; 0 = the other end has finished; or one of the constants.</summary>
    public abstract int Receive(Span<byte> buffer);

    /// <summary>Bytes taken by the system, or one of the constants.</summary>
    public abstract int Send(ReadOnlySpan<byte> data);

    /// <summary>The same for bytes of several buffers, as if they were one.</summary>
    public virtual int Send(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        int total = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            int sent = Send(part.Span);
            if (sent < 0)
            {
                // The bytes taken before are returned first; the next call meets the failure again.
                return total > 0 ? total : sent;
            }

            total += sent;
            if (sent < part.Length)
            {
                break;
            }
        }

        return total;
    }

    /// <summary>Sends FIN.</summary>
    public abstract void FinishSending();

    /// <summary>Returns and clears the pending error of the socket (SO_ERROR), with the values of <see cref="LastError"/>.</summary>
    public abstract SocketError TakeError();

    /// <summary>Closes; with <paramref name="abort"/> the other end sees a reset.</summary>
    public abstract void Close(bool abort);
}
