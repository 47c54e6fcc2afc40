using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Sluice.Transport.Files;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>
/// A descriptor with O_APPEND, which the framework does not offer: the kernel finds the end, also of a file that was emptied meanwhile.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxAppendedFile : AppendedFile
{
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;
    private const int FifoType = 0x1000;

    /// <summary>rw for everybody, less the umask, as every program that makes a log file does.</summary>
    private const uint Mode = 0x1B6;

    private readonly FileStatus _status;
    private int _fd;

    private LinuxAppendedFile(int fd, in FileStatus status)
    {
        _fd = fd;
        _status = status;
    }

    public override bool IsRegular => (_status.Mode & TypeMask) == RegularType;

    public static LinuxAppendedFile OpenFile(string path)
    {
        int fd = NativeMethods.Open(path, OWriteOnly | OCreate | OAppend | ONoTerminal | ONonblock | OCloexec, Mode);
        if (fd < 0)
        {
            int errno = Errno.Last;
            if (errno == Errno.ENXIO)
            {
                throw new IOException(Status(path, out FileStatus found) && (found.Mode & TypeMask) == FifoType
                    ? "it is a FIFO, and no program has it open for reading"
                    : "it cannot be opened for writing: no such device, or a socket");
            }

            string problem = Marshal.GetPInvokeErrorMessage(errno);
            throw errno is Errno.EACCES or Errno.EPERM ? new UnauthorizedAccessException(problem) : new IOException(problem);
        }

        FileStatus status;
        if (StatusOf(fd, "", AtEmptyPath, StatusBasic, &status) < 0)
        {
            int errno = Errno.Last;
            _ = Close(fd);
            throw new IOException(Marshal.GetPInvokeErrorMessage(errno));
        }

        return new LinuxAppendedFile(fd, status);
    }

    public override long? LengthAt(string path) =>
        Status(path, out FileStatus found)
        && (found.Inode, found.DeviceMajor, found.DeviceMinor) == (_status.Inode, _status.DeviceMajor, _status.DeviceMinor)
            ? (long)found.Size
            : null;

    public override string? Append(ReadOnlySpan<byte> bytes, out int written)
    {
        written = 0;
        fixed (byte* start = bytes)
        {
            while (written < bytes.Length)
            {
                nint count = Write(_fd, start + written, (nuint)(bytes.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                }
                else if (Errno.Last is var errno && errno != Errno.EINTR)
                {
                    return errno == Errno.EAGAIN ? "its reader does not keep up" : Marshal.GetPInvokeErrorMessage(errno);
                }
            }
        }

        return null;
    }

    public override void Dispose()
    {
        if (_fd >= 0)
        {
            _ = Close(_fd);
            _fd = -1;
        }
    }

    private static bool Status(string path, out FileStatus status)
    {
        fixed (FileStatus* to = &status)
        {
            return StatusOf(AtCurrentFolder, path, 0, StatusBasic, to) == 0;
        }
    }
}
