using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Registries.Dns;

namespace Sluice.Daemon.Routing;

/// <summary>Nodes in DNS.</summary>
internal static class DnsStrategy
{
    public static IBackendResolver Create(Settings settings, ILogger logger) => new DnsResolver(
        new DnsOptions
        {
            Suffix = settings.Get(DnsKeys.Suffix),
            Port = settings.GetInt(DnsKeys.Port),
            Service = settings.Get(DnsKeys.Service),
            Servers = [.. settings.Get(DnsKeys.Servers).Select(IPEndPoint.Parse)],
            Timeout = settings.Get(DnsKeys.Timeout),
            LeastTimeToLive = settings.Get(DnsKeys.MinTtl),
            MostTimeToLive = settings.Get(DnsKeys.MaxTtl),
            NegativeTimeToLive = settings.Get(DnsKeys.NegativeTtl),
            StaleFor = settings.Get(DnsKeys.StaleFor),
        },
        Registries.Options(settings),
        logger);

    public static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(DnsKeys.Suffix).Length == 0)
        {
            Registries.Fault(settings, faults, DnsKeys.Suffix, "there is none; write the domain that nodes are below, for example \"nodes.game.internal\"");
        }

        if (settings.Get(DnsKeys.MinTtl) > settings.Get(DnsKeys.MaxTtl))
        {
            Registries.Fault(settings, faults, DnsKeys.MinTtl, "it is above max_ttl; write a smaller one, or a larger max_ttl");
        }
    }
}
