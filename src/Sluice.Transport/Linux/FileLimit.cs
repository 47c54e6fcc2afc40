using System.Runtime.Versioning;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>The number of descriptors that this process may hold (RLIMIT_NOFILE).</summary>
[SupportedOSPlatform("linux")]
public static class FileLimit
{
    /// <summary>Raises the limit to the hard limit and returns what is in force now.</summary>
    public static unsafe long RaiseToHardLimit()
    {
        ResourceLimit limit;
        if (GetResourceLimit(RlimitNofile, &limit) < 0)
        {
            return -1;
        }

        ulong before = limit.Soft;
        limit.Soft = limit.Hard;
        ulong inForce = SetResourceLimit(RlimitNofile, &limit) < 0 ? before : limit.Hard;
        DescriptorReserve.LimitChanged();
        return (long)Math.Min(long.MaxValue, inForce);
    }
}
