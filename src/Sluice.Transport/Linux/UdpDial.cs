using Sluice.Transport.Sockets;
using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>Connects UDP sockets, each with a path that no other socket has.</summary>
internal static unsafe class UdpDial
{
    /// <summary>A shared port should never be rejected. If some are, the rest is not tried.</summary>
    private const int MaxShares = 16;

    /// <summary>Connects a socket, from the next source address that has a port left.</summary>
    /// <param name="fd">A new socket of the peer's family.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="sources">Addresses to dial from.</param>
    /// <param name="ports">Records the path.</param>
    /// <returns>The path to remove before the socket is closed; null if there is none to remove.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">No port is left, or there is no route.</exception>
    public static UdpPath? Connect(int fd, in NetworkAddress remote, SourceAddresses sources, UdpPorts ports)
    {
        int errno = Errno.EADDRNOTAVAIL;
        int count = Math.Max(1, sources.CountFor(remote));
        for (int i = 0; i < count; i++)
        {
            NetworkAddress source = sources.Next(remote);
            errno = TryConnect(fd, source, remote);
            if (errno == 0)
            {
                // From now on others may share the port, to other peers.
                _ = SetOption(fd, SolSocket, SoReusePort, 1);
                var path = new UdpPath(source.WithPort(PortOf(fd)), remote);
                return ports.TryAdd(path) ? path : null;
            }

            if (!IsOutOfPorts(errno))
            {
                throw Errno.ToException(errno);
            }
        }

        for (int i = 0; i < count; i++)
        {
            if (TryShare(fd, sources.Next(remote), remote, ports) is { } path)
            {
                return path;
            }
        }

        throw Errno.ToException(Errno.EADDRNOTAVAIL);
    }

    private static UdpPath? TryShare(int fd, in NetworkAddress source, in NetworkAddress remote, UdpPorts ports)
    {
        _ = SetOption(fd, SolSocket, SoReusePort, 1);
        for (int i = 0; i < MaxShares && ports.TryShare(source, remote, out UdpPath path); i++)
        {
            int errno = TryConnect(fd, path.Local, remote);
            if (errno == 0)
            {
                return path;
            }

            ports.Remove(path);
            if (!IsOutOfPorts(errno))
            {
                throw Errno.ToException(errno);
            }
        }

        return null;
    }

    /// <summary>Binds the socket, unless the system is to choose, and connects it. Returns the error number; 0 = none.</summary>
    private static int TryConnect(int fd, in NetworkAddress local, in NetworkAddress remote)
    {
        byte* name = stackalloc byte[NativeSocketAddress.MaxBytes];
        var bytes = new Span<byte>(name, NativeSocketAddress.MaxBytes);
        if (!SourceAddresses.IsUnbound(local) && NativeMethods.Bind(fd, name, NativeSocketAddress.Write(local, asIPv6: false, bytes)) < 0)
        {
            return Errno.Last;
        }

        return NativeMethods.Connect(fd, name, NativeSocketAddress.Write(remote, asIPv6: false, bytes)) < 0 ? Errno.Last : 0;
    }

    /// <summary>The system says EAGAIN if it finds no port itself, and the other two if the source address has none or is gone.</summary>
    private static bool IsOutOfPorts(int errno) => errno is Errno.EAGAIN or Errno.EADDRINUSE or Errno.EADDRNOTAVAIL;

    private static ushort PortOf(int fd)
    {
        byte* name = stackalloc byte[NativeSocketAddress.MaxBytes];
        int length = NativeSocketAddress.MaxBytes;
        Errno.Check(GetSocketName(fd, name, &length));
        return NativeSocketAddress.Read(new ReadOnlySpan<byte>(name, NativeSocketAddress.MaxBytes)).Port;
    }
}
