using System.Reflection;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Udp;
using Xunit.Sdk;
using Xunit.v3;

namespace Sluice.Transport.Tests.Udp;

/// <summary>A row of values for every way of moving datagrams: the portable one, and each combination of Linux's switches.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class DatagramEnginesAttribute(params object[] values) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Engines().Select(engine => new TheoryDataRow([engine.Poller, engine.Ways, .. values]))]);

    public override bool SupportsDiscoveryEnumeration() => true;

    private static IEnumerable<(PollerKind Poller, string Ways)> Engines() => Pollers.All.SelectMany(row =>
        row.Data == PollerKind.Poll ? [(row.Data, Ways.All[^1])] : Ways.All.Select(ways => (row.Data, ways)));
}

/// <summary>Combinations of switches, as they are written in the name of a test.</summary>
internal static class Ways
{
    /// <summary>From none to all.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enumerable.Range(0, 16).Select(Combination).Select(
        batching => batching.ToString())];

    public static UdpBatching Read(string ways) =>
        Enumerable.Range(0, 16).Select(Combination).Single(batching => batching.ToString() == ways);

    private static UdpBatching Combination(int bits) => new()
    {
        ReceiveOffload = (bits & 1) != 0,
        SendOffload = (bits & 2) != 0,
        ReceiveBatches = (bits & 4) != 0,
        SendBatches = (bits & 8) != 0,
    };
}
