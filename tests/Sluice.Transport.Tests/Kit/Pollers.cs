using Sluice.Testing.Loops;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Kit;

/// <summary>Every poller that this system has: what holds for one holds for all.</summary>
public static class Pollers
{
    public static TheoryData<PollerKind> All { get; } = OperatingSystem.IsLinux() ? [PollerKind.Epoll, PollerKind.Poll] : [PollerKind.Poll];
}

/// <summary>Tests that count what the whole process holds run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public static class Alone
{
    /// <summary>
    /// Counts after what earlier tests have dropped is closed, without what is open for a moment only, as a pipe is while the runtime
    /// starts a thread.
    /// </summary>
    public static int SettledDescriptors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int count = OpenDescriptors;
        for (int same = 0; same < 10;)
        {
            int again = OpenDescriptors;
            same = again == count ? same + 1 : 0;
            count = again;
        }

        return count;
    }

    /// <summary>Fails where the process does not come to have so many open.</summary>
    public static void HoldsDescriptors(int expected)
    {
        int count = 0;
        Assert.True(SpinWait.SpinUntil(() => (count = OpenDescriptors) == expected, Observed.HungAfter), $"{count} descriptors are open instead of {expected}");
    }

    /// <summary>
    /// Sockets, pipes, and what else has no name. Files do not count: the runtime opens those of a library when it is first needed, whoever
    /// runs then.
    /// </summary>
    private static int OpenDescriptors => new DirectoryInfo("/proc/self/fd").GetFileSystemInfos()
        .Count(descriptor => descriptor.LinkTarget is { } target && (target.StartsWith("socket:", StringComparison.Ordinal)
            || target.StartsWith("pipe:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal)));
}

/// <summary>A row of values for each poller.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class CombinatorialPollersAttribute(params object[] values) : Xunit.v3.DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker) =>
        new([.. Pollers.All.Select(poller => new TheoryDataRow([poller.Data, .. values]))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
