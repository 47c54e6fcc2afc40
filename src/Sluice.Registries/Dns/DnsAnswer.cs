namespace Sluice.Registries.Dns;

/// <summary>The known state of a name.</summary>
/// <param name="Outcome">Whether there are addresses.</param>
/// <param name="Addresses">The addresses, in no order.</param>
/// <param name="TimeToLive">How long the servers allow its use.</param>
internal sealed record DnsAnswer(DnsOutcome Outcome, NodeAddress[] Addresses, TimeSpan TimeToLive)
{
    public static readonly DnsAnswer NotFound = new(DnsOutcome.NotFound, [], TimeSpan.Zero);

    /// <summary>The answers with addresses that this answer combines.</summary>
    public IReadOnlyList<DnsPart> Parts { get; init; } = [];

    /// <summary>The problem, if no server could answer.</summary>
    public string Problem { get; init; } = "";

    public static DnsAnswer Failed(string problem) => new(DnsOutcome.Failed, [], TimeSpan.Zero) { Problem = problem };
}
