using DnsClient;

namespace Sluice.Registries.Dns;

/// <summary>The answer to one question: the addresses that one name has in one family.</summary>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Type">A or AAAA.</param>
/// <param name="Outcome">The outcome of the question.</param>
/// <param name="Addresses">The addresses, in no order.</param>
/// <param name="TimeToLive">How long the servers allow its use.</param>
internal sealed record DnsPart(string Name, QueryType Type, DnsOutcome Outcome, NodeAddress[] Addresses, TimeSpan TimeToLive)
{
    /// <summary>Until when the addresses may be used while no server answers the question again, in the time of the resolver.</summary>
    public TimeSpan UsableUntil { get; init; }

    /// <summary>Why there is no answer, if there is none.</summary>
    public string Problem { get; init; } = "";
}
