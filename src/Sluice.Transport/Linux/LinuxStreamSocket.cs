using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Sluice.Transport.Sockets;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>A connected descriptor.</summary>
internal sealed unsafe class LinuxStreamSocket(int fd) : StreamSocket
{
    public override nint Handle => fd;

    public override NetworkAddress LocalAddress
    {
        get
        {
            byte* address = stackalloc byte[NativeSocketAddress.MaxBytes];
            int length = NativeSocketAddress.MaxBytes;
            return GetSocketName(fd, address, &length) < 0
                ? default
                : NativeSocketAddress.Read(new ReadOnlySpan<byte>(address, NativeSocketAddress.MaxBytes));
        }
    }

    public override SendProgress SendProgress
    {
        get
        {
            byte* info = stackalloc byte[SendProgress.TcpInfoBytes];
            int length = SendProgress.TcpInfoBytes;
            return GetSocketOption(fd, SendProgress.TcpInfoLevel, SendProgress.TcpInfo, info, &length) < 0
                ? default
                : SendProgress.FromTcpInfo(new ReadOnlySpan<byte>(info, length));
        }
    }

    public override bool HasUnread
    {
        get
        {
            byte first;
            return NativeMethods.Receive(fd, &first, 1, MsgPeek) > 0;
        }
    }

    public override int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count = NativeMethods.Receive(fd, start, (nuint)buffer.Length, 0);
            return count >= 0 ? (int)count : Failure();
        }
    }

    public override int Send(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            nint count = NativeMethods.Send(fd, start, (nuint)data.Length, MsgNoSignal);
            return count >= 0 ? (int)count : Failure();
        }
    }

    public override int Send(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        Pins pins = default;
        IoVector* vectors = stackalloc IoVector[IGatheringHandler.MaxParts];
        int count = Math.Min(parts.Length, IGatheringHandler.MaxParts);
        for (int i = 0; i < count; i++)
        {
            // Costs nothing for what lies in memory that is pinned anyway, as KCP's segments do.
            pins[i] = parts[i].Pin();
            vectors[i] = new IoVector { Start = (byte*)pins[i].Pointer, Length = (nuint)parts[i].Length };
        }

        MessageHeader header = new() { Vectors = vectors, VectorCount = (nuint)count };
        nint sent = SendMessage(fd, &header, MsgNoSignal);
        int result = sent >= 0 ? (int)sent : Failure();
        for (int i = 0; i < count; i++)
        {
            pins[i].Dispose();
        }

        return result;
    }

    public override void FinishSending() => _ = Shutdown(fd, ShutWr);

    public override SocketError TakeError() => NativeMethods.TakeError(fd);

    public override void Close(bool abort)
    {
        if (abort)
        {
            // struct linger { on, seconds }: closing with zero seconds sends a reset (socket(7)).
            long resetOnClose = 1;
            _ = SetSocketOption(fd, SolSocket, SoLinger, &resetOnClose, sizeof(long));
        }

        _ = NativeMethods.Close(fd);
    }

    private int Failure()
    {
        int errno = Errno.Last;
        if (errno is Errno.EAGAIN or Errno.EINTR)
        {
            return WouldBlock;
        }

        LastError = Errno.ToSocketError(errno);
        return Failed;
    }

    [InlineArray(IGatheringHandler.MaxParts)]
    private struct Pins
    {
        private MemoryHandle _first;
    }
}
