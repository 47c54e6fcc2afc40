namespace Sluice.Registries.Dns;

/// <summary>What is known of a name.</summary>
/// <param name="Outcome">Whether there are addresses.</param>
/// <param name="Addresses">The addresses, in no order.</param>
/// <param name="TimeToLive">How long the servers let it be used.</param>
internal sealed record DnsAnswer(DnsOutcome Outcome, NodeAddress[] Addresses, TimeSpan TimeToLive)
{
    public static readonly DnsAnswer NotFound = new(DnsOutcome.NotFound, [], TimeSpan.Zero);

    /// <summary>The answers with addresses that it is made of.</summary>
    public IReadOnlyList<DnsPart> Parts { get; init; } = [];

    /// <summary>What is wrong, where nobody could say.</summary>
    public string Problem { get; init; } = "";

    public static DnsAnswer Failed(string problem) => new(DnsOutcome.Failed, [], TimeSpan.Zero) { Problem = problem };
}
