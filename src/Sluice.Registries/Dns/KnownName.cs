namespace Sluice.Registries.Dns;

/// <summary>A cached answer.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="FreshUntil">Until then no server is asked again, in the time of the resolver.</param>
/// <param name="StaleUntil">Until then the answer is used while no server answers.</param>
internal sealed record KnownName(DnsAnswer Answer, TimeSpan FreshUntil, TimeSpan StaleUntil);
