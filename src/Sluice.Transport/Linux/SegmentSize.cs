using System.Runtime.InteropServices;

namespace Sluice.Transport.Linux;

/// <summary>Finds in the control messages of a receive what size the datagrams have that UDP GRO has joined.</summary>
internal static class SegmentSize
{
    private const int LevelAt = 8;
    private const int TypeAt = 12;

    /// <summary>struct cmsghdr: a length, a level and a type (cmsg(3)).</summary>
    private const int HeaderBytes = 16;

    /// <summary>The size in bytes; 0 where none is told, so that what was received is one datagram.</summary>
    /// <param name="control">As the system has filled it.</param>
    public static int Read(ReadOnlySpan<byte> control)
    {
        while (control.Length >= HeaderBytes)
        {
            ulong length = MemoryMarshal.Read<ulong>(control);
            if (length < HeaderBytes || length > (ulong)control.Length)
            {
                return 0;
            }

            if (MemoryMarshal.Read<int>(control[LevelAt..]) == NativeMethods.IpProtoUdp
                && MemoryMarshal.Read<int>(control[TypeAt..]) == NativeMethods.UdpGro
                && length >= HeaderBytes + sizeof(int))
            {
                return Math.Max(0, MemoryMarshal.Read<int>(control[HeaderBytes..]));
            }

            // The next one begins where a word does.
            int next = ((int)length + sizeof(ulong) - 1) & ~(sizeof(ulong) - 1);
            control = control[Math.Min(next, control.Length)..];
        }

        return 0;
    }
}
