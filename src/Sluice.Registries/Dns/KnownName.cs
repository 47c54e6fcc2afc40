namespace Sluice.Registries.Dns;

/// <summary>An answer that is kept.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="FreshUntil">Until then nobody is asked again; in the time of the resolver.</param>
/// <param name="StaleUntil">Until then it is used while no server answers.</param>
internal sealed record KnownName(DnsAnswer Answer, TimeSpan FreshUntil, TimeSpan StaleUntil);
