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
    /// <summary>Counts after what earlier tests have dropped is closed.</summary>
    public static int SettledDescriptors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return OpenDescriptors;
    }

    public static int OpenDescriptors => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}

/// <summary>A row of values for each poller.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class CombinatorialPollersAttribute(params object[] values) : Xunit.v3.DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker) =>
        new([.. Pollers.All.Select(poller => new TheoryDataRow([poller.Data, .. values]))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
