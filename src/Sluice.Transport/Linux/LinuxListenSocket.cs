using System.Net;
using Sluice.Transport.Sockets;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>A listening descriptor.</summary>
internal sealed unsafe class LinuxListenSocket(int fd, IPEndPoint localEndPoint) : ListenSocket
{
    /// <summary>The last connection got a descriptor of the reserve: it is served, but a further one waits.</summary>
    private bool _nearlyOut;

    /// <summary>The poller reported one connection, and that is taken.</summary>
    private bool _mayBeEmpty;

    public override nint Handle => fd;

    public override IPEndPoint LocalEndPoint => localEndPoint;

    public override AcceptStatus Accept(out StreamSocket? socket, out NetworkAddress remote)
    {
        socket = null;
        remote = default;
        if (_mayBeEmpty && !IsWaiting())
        {
            _mayBeEmpty = false;
            return AcceptStatus.WouldBlock;
        }

        if (_nearlyOut && DescriptorReserve.IsReached(fd))
        {
            return AcceptStatus.OutOfResources;
        }

        byte* address = stackalloc byte[NativeSocketAddress.MaxBytes];
        int length = NativeSocketAddress.MaxBytes;
        int accepted = NativeMethods.Accept(fd, address, &length, SockNonblock | SockCloexec);
        if (accepted >= 0)
        {
            _mayBeEmpty = true;
            _nearlyOut = DescriptorReserve.Contains(accepted);
            socket = new LinuxStreamSocket(accepted);
            remote = NativeSocketAddress.Read(new ReadOnlySpan<byte>(address, NativeSocketAddress.MaxBytes));
            return AcceptStatus.Accepted;
        }

        return Errno.Last switch
        {
            Errno.EAGAIN => AcceptStatus.WouldBlock,
            Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS => AcceptStatus.OutOfResources,
            // accept(2): errors of the waiting connection itself are reported here, and are to be treated like "try the next".
            _ => AcceptStatus.ConnectionFailed,
        };
    }

    public override void SharePort() => Errno.Check(SetOption(fd, SolSocket, SoReusePort, 1));

    /// <summary>accept4 makes a socket and a file before it checks whether a client waits; asking first is cheaper.</summary>
    private bool IsWaiting()
    {
        PollDescriptor entry = new() { Descriptor = fd, Wanted = PollIn };
        return Poll(&entry, 1, 0) != 0;
    }

    /// <summary>
    /// A child that another thread of this process is just starting holds the descriptor too until it executes its program; without the
    /// shutdown, clients could connect to a socket that nobody serves until then.
    /// </summary>
    public override void Close()
    {
        _ = Shutdown(fd, ShutRd);
        _ = NativeMethods.Close(fd);
    }
}
