using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Routing;
using Sluice.Registries.Dns;

namespace Sluice.Daemon.Sections;

/// <summary><c>[dns]</c>: nodes in DNS.</summary>
internal static class DnsSection
{
    private static readonly SecondsKind UpToOneDay = new(0, 86_400);

    public static readonly Section<DnsOptions> Table = new("dns", new DnsOptions { Suffix = "" }) { Check = Check };

    public static readonly Setting<string> Suffix = Table.Add("suffix",
        new TextKind("a domain, for example \"nodes.game.internal\"", text => text.Length == 0 || DnsResolver.IsSuffix(text)),
        "For [`dns`](routing.md#nodes-in-dns), which needs it: the domain of the nodes. "
        + "The key `s1` is the node `s1.nodes.game.internal`, and so is that whole name.",
        options => options.Suffix, (options, value) => options with { Suffix = value });

    public static readonly Setting<int> Port = Table.Add("port", GateKinds.Port,
        "Port of the nodes, whose addresses are then their A and AAAA records. 0 = use SRV records, which have ports.",
        options => options.Port, (options, value) => options with { Port = value });

    public static readonly Setting<string> Service = Table.Add("service", new TextKind("a name, or \"\" for none", DnsResolver.IsService),
        "Prefix of the node's name in queries for SRV records: `_sluice._tcp.s1.nodes.game.internal`.",
        options => options.Service, (options, value) => options with { Service = value });

    public static readonly Setting<IReadOnlyList<string>> Servers = Table.Add("servers",
        new TextListKind("a list of addresses with ports, for example [\"10.0.0.2:53\"]", RegistryText.IsAddressPort),
        "Name servers, in the order in which they are asked. Empty = those of the system.",
        options => [.. options.Servers.Select(server => server.ToString())],
        (options, value) => options with { Servers = [.. value.Select(IPEndPoint.Parse)] });

    public static readonly Setting<TimeSpan> Timeout = Table.Add("timeout", new SecondsKind(0.05, 60),
        "Seconds that one name server has for an answer. It is asked twice.",
        options => options.Timeout, (options, value) => options with { Timeout = value });

    public static readonly Setting<TimeSpan> MinTtl = Table.Add("min_ttl", UpToOneDay,
        "Least seconds that an answer is used, even if its TTL is shorter.",
        options => options.LeastTimeToLive, (options, value) => options with { LeastTimeToLive = value });

    public static readonly Setting<TimeSpan> MaxTtl = Table.Add("max_ttl", UpToOneDay,
        "Most seconds that an answer is used, even if its TTL is longer.",
        options => options.MostTimeToLive, (options, value) => options with { MostTimeToLive = value });

    public static readonly Setting<TimeSpan> NegativeTtl = Table.Add("negative_ttl", new SecondsKind(0, 3600),
        "Seconds for which the gateway remembers that a name does not exist, or that no name server answered.",
        options => options.NegativeTimeToLive, (options, value) => options with { NegativeTimeToLive = value });

    public static readonly Setting<TimeSpan> StaleFor = Table.Add("stale_for", new SecondsKind(0, 2_592_000),
        "Seconds that an expired answer is used while no name server answers.",
        options => options.StaleFor, (options, value) => options with { StaleFor = value });

    /// <summary>Creates the strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) =>
        new DnsResolver(Table.Build(settings), RegistrySettings.Options(settings), logger);

    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(Suffix).Length == 0)
        {
            RegistrySettings.Fault(
                settings, faults, Suffix, "there is none; write the domain that nodes are below, for example \"nodes.game.internal\"");
        }

        if (settings.Get(MinTtl) > settings.Get(MaxTtl))
        {
            RegistrySettings.Fault(settings, faults, MinTtl, "it is above max_ttl; write a smaller one, or a larger max_ttl");
        }
    }
}
