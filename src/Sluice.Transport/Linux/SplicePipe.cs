using Sluice.Transport.Sockets;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>A kernel pipe that bytes pass through from one socket to another without being copied (splice(2)).</summary>
/// <remarks>Rented from a <see cref="SplicePipePool"/> and given back empty.</remarks>
public sealed unsafe class SplicePipe : SocketPipe
{
    private readonly int _readEnd;
    private readonly int _writeEnd;
    private readonly int _capacity;

    internal SplicePipe(int capacity)
    {
        int* ends = stackalloc int[2];
        if (Pipe(ends, ONonblock | OCloexec) < 0)
        {
            throw Errno.ToException(Errno.Last);
        }

        (_readEnd, _writeEnd) = (ends[0], ends[1]);
        if (DescriptorReserve.Contains(Math.Max(_readEnd, _writeEnd)))
        {
            Close();
            throw Errno.ToException(Errno.EMFILE);
        }

        // Rejected if the user's pipe budget is used up (pipe(7)); the default size works too, with more calls.
        int granted = FileControl(_writeEnd, FSetPipeSize, capacity);
        _capacity = granted > 0 ? granted : 64 * 1024;
    }

    /// <summary>Takes bytes out by copying them: used if the kernel cannot splice into the other socket.</summary>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count = NativeMethods.Read(_readEnd, start, (nuint)Math.Min(buffer.Length, Count));
            Count -= (int)Math.Max(0, count);
            return (int)Math.Max(0, count);
        }
    }

    internal override int FillFrom(StreamSocket socket)
    {
        nint count = Splice((int)socket.Handle, null, _writeEnd, null, (nuint)_capacity, SpliceMove | SpliceNonblock);
        if (count >= 0)
        {
            Count = (int)count;
            return Count;
        }

        return Failure(socket);
    }

    internal override int DrainTo(StreamSocket socket)
    {
        nint count = Splice(_readEnd, null, (int)socket.Handle, null, (nuint)Count, SpliceMove | SpliceNonblock);
        if (count >= 0)
        {
            Count -= (int)count;
            return (int)count;
        }

        return Failure(socket);
    }

    internal void Close()
    {
        _ = NativeMethods.Close(_readEnd);
        _ = NativeMethods.Close(_writeEnd);
    }

    private static int Failure(StreamSocket socket)
    {
        int errno = Errno.Last;
        switch (errno)
        {
            case Errno.EAGAIN or Errno.EINTR:
                return StreamSocket.WouldBlock;
            case Errno.EINVAL or Errno.ENOSYS:
                return Unsupported;
            default:
                socket.LastError = Errno.ToSocketError(errno);
                return StreamSocket.Failed;
        }
    }
}
