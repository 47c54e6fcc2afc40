namespace Sluice.Transport.Sockets;

/// <summary>Holds bytes on their way from one socket to another, outside the memory of the process.</summary>
public abstract class SocketPipe
{
    /// <summary>Returned by <see cref="FillFrom"/> and <see cref="DrainTo"/>: the system cannot move bytes of this socket.</summary>
    internal const int Unsupported = -3;

    private protected SocketPipe()
    {
    }

    /// <summary>Bytes in the pipe.</summary>
    public int Count { get; private protected set; }

    /// <summary>
    /// Fills the pipe, which must be empty: a full pipe and an empty socket look the same to the system (EAGAIN). Returns the bytes moved,
    /// 0
    /// after the peer has finished, or a constant of this class or of <see cref="StreamSocket"/>.
    /// </summary>
    internal abstract int FillFrom(StreamSocket socket);

    /// <summary>Sends bytes of the pipe. Returns the bytes moved, or a constant of this class or of <see cref="StreamSocket"/>.</summary>
    internal abstract int DrainTo(StreamSocket socket);
}
