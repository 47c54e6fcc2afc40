using Sluice.Daemon.Configuration.Kinds;
using Sluice.Registries.Dns;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[dns]</c>.</summary>
internal static class DnsKeys
{
    private const string Section = "dns";

    public static readonly ConfigurationKey<string> Suffix = new(Section, "suffix",
        new TextKind("a domain, for example \"nodes.game.internal\"", text => text.Length == 0 || DnsResolver.IsSuffix(text)), "",
        "For `dns`, which needs it: the domain that nodes are below. The key `s1` is the node `s1.nodes.game.internal`, and so is that whole name.");

    public static readonly ConfigurationKey<long> Port = new(Section, "port", new WholeNumberKind(0, 65535), 0,
        "Port of the nodes, whose addresses are then their A and AAAA records; 0 = SRV records, which bring their ports along.");

    public static readonly ConfigurationKey<string> Service = new(Section, "service",
        new TextKind("a name, or \"\" for none", DnsResolver.IsService), "_sluice._tcp",
        "What stands before the node's name where SRV records are asked for: `_sluice._tcp.s1.nodes.game.internal`.");

    public static readonly ConfigurationKey<IReadOnlyList<string>> Servers = new(Section, "servers",
        new TextListKind("a list of addresses with ports, for example [\"10.0.0.2:53\"]", RegistryText.IsAddressPort), [],
        "Name servers, in the order in which they are tried. Empty = those of the system.");

    public static readonly ConfigurationKey<TimeSpan> Timeout = new(Section, "timeout", new SecondsKind(0.05, 60), TimeSpan.FromSeconds(2),
        "Seconds that one name server has for an answer; it is asked twice.");

    public static readonly ConfigurationKey<TimeSpan> MinTtl = new(Section, "min_ttl", new SecondsKind(0, 86_400), TimeSpan.FromSeconds(1),
        "Seconds that an answer is used at least, whatever its TTL says.");

    public static readonly ConfigurationKey<TimeSpan> MaxTtl = new(Section, "max_ttl", new SecondsKind(0, 86_400), TimeSpan.FromSeconds(60),
        "Seconds that an answer is used at most, whatever its TTL says.");

    public static readonly ConfigurationKey<TimeSpan> NegativeTtl = new(Section, "negative_ttl", new SecondsKind(0, 3600), TimeSpan.FromSeconds(1),
        "Seconds for which it is remembered that a name does not exist, or could not be asked for.");

    public static readonly ConfigurationKey<TimeSpan> StaleFor = new(Section, "stale_for", new SecondsKind(0, 2_592_000), TimeSpan.FromHours(1),
        "Seconds that an answer is used after its time, while no name server answers.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } = [Suffix, Port, Service, Servers, Timeout, MinTtl, MaxTtl, NegativeTtl, StaleFor];
}
