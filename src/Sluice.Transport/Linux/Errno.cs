using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sluice.Transport.Linux;

/// <summary>Error numbers of Linux, as errno(3) names them, and what they are called in .NET.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int EPIPE = 32;
    public const int ENOSYS = 38;
    public const int EMSGSIZE = 90;
    public const int EOPNOTSUPP = 95;
    public const int EAFNOSUPPORT = 97;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETDOWN = 100;
    public const int ENETUNREACH = 101;
    public const int ECONNABORTED = 103;
    public const int ECONNRESET = 104;
    public const int ENOBUFS = 105;
    public const int ENOTCONN = 107;
    public const int ETIMEDOUT = 110;
    public const int ECONNREFUSED = 111;
    public const int EHOSTUNREACH = 113;
    public const int EINPROGRESS = 115;

    public static int Last => Marshal.GetLastPInvokeError();

    public static SocketError ToSocketError(int errno) => errno switch
    {
        0 => SocketError.Success,
        EMFILE or ENFILE => SocketError.TooManyOpenSockets,
        ENOMEM or ENOBUFS => SocketError.NoBufferSpaceAvailable,
        EACCES or EPERM => SocketError.AccessDenied,
        EAFNOSUPPORT => SocketError.AddressFamilyNotSupported,
        EADDRINUSE => SocketError.AddressAlreadyInUse,
        EADDRNOTAVAIL => SocketError.AddressNotAvailable,
        ENETDOWN => SocketError.NetworkDown,
        ENETUNREACH => SocketError.NetworkUnreachable,
        ECONNABORTED => SocketError.ConnectionAborted,
        ECONNRESET => SocketError.ConnectionReset,
        EPIPE => SocketError.Shutdown,
        ENOTCONN => SocketError.NotConnected,
        ETIMEDOUT => SocketError.TimedOut,
        ECONNREFUSED => SocketError.ConnectionRefused,
        EHOSTUNREACH => SocketError.HostUnreachable,
        EINVAL => SocketError.InvalidArgument,
        _ => SocketError.SocketError,
    };

    /// <summary>Throws what a failed call says; for calls that return a negative number then.</summary>
    public static void Check(int result)
    {
        if (result < 0)
        {
            throw ToException(Last);
        }
    }

    public static SocketException ToException(int errno) => new((int)ToSocketError(errno));
}
