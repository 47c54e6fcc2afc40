using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>The last descriptors below the limit: connections and pipes leave them to the runtime.</summary>
/// <remarks>
/// CoreCLR opens a pipe for every thread that it starts, and ends the process if it cannot; a log file or a name look-up needs
/// one too. The kernel gives out the lowest free number, so a number in the reserve says that nearly all are taken.
/// </remarks>
internal static class DescriptorReserve
{
    private const int MaxReserved = 64;

    private static long _firstReserved = FirstReserved();

    /// <summary>To be called when the limit was changed.</summary>
    public static void LimitChanged() => Volatile.Write(ref _firstReserved, FirstReserved());

    /// <summary>True for a number of the reserve.</summary>
    public static bool Contains(int fd) => fd >= Volatile.Read(ref _firstReserved);

    /// <summary>
    /// Whether the next descriptor would be one of the reserve. Costs two system calls: call it when one was given out already.
    /// </summary>
    /// <param name="fd">Any open descriptor.</param>
    public static bool IsReached(int fd)
    {
        int next = FileControl(fd, FDuplicateCloexec, 0);
        if (next < 0)
        {
            return true;
        }

        _ = Close(next);
        return Contains(next);
    }

    private static unsafe long FirstReserved()
    {
        ResourceLimit limit;
        if (GetResourceLimit(RlimitNofile, &limit) < 0)
        {
            return long.MaxValue;
        }

        long files = (long)Math.Min(int.MaxValue, limit.Soft);
        return files - Math.Min(MaxReserved, files / 8);
    }
}
