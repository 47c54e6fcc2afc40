using Sluice.Fuzz;

namespace Sluice.Gateway.Tests;

/// <summary>A short run of every fuzz target, the same each time. Sluice.Fuzz runs them longer and with other seeds.</summary>
public class FuzzSmokeTests
{
    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_mutation_breaks_a_promise(string target) =>
        SmokeRun.Run(FuzzTarget.Find(target)!, mutations: 20_000, seed: 1);
}
