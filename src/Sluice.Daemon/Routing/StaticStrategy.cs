using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Daemon.Routing;

/// <summary>Nodes that stand in the configuration.</summary>
internal static class StaticStrategy
{
    public static IBackendResolver Create(Settings settings, ILogger logger) => new RegistryResolver(
        new StaticNodes(settings.Entries(Keys.StaticNodes).ToDictionary(entry => entry.Key, entry => entry.Value.ToNode(), StringComparer.Ordinal)),
        Registries.Options(settings),
        logger);

    /// <summary>Without a node every client would be refused, which nobody wants to find out from its players.</summary>
    public static void Check(Settings settings, FaultList faults)
    {
        if (settings.OriginOf(Keys.StaticNodes) is null)
        {
            faults.Add(
                settings.OriginOf(Keys.HeaderIdentify)!.Value,
                $"{Keys.HeaderIdentify}: \"{StaticNodes.StrategyName}\" needs a node; write for example \"s1\" = \"10.0.0.5:7083\" into [{Keys.StaticNodes.Section}]");
        }
    }
}
