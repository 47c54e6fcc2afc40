using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Daemon.Sections;

/// <summary><c>[static.nodes]</c>: nodes in the configuration.</summary>
internal static class StaticNodesSection
{
    public static readonly Section Table = new("static.nodes") { Check = Check };

    public static readonly NamedEntriesSetting<NodeEntry> Nodes = Table.AddEntries(new NodeKind(),
        "For [`static`](routing.md#nodes-in-the-configuration): each node's name, in quotes, and its address. "
        + "Several addresses are tried in turn, beginning at a place that the name decides.");

    /// <summary>Creates the strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) => new RegistryResolver(
        new StaticNodes(settings.Entries(Nodes).ToDictionary(entry => entry.Key, entry => entry.Value.ToNode(), StringComparer.Ordinal)),
        RegistrySettings.Options(settings),
        logger);

    /// <summary>Without a node every client would be rejected.</summary>
    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.OriginOf(Nodes) is null)
        {
            faults.Add(
                settings.PlaceOf(CommonSection.HeaderIdentify),
                $"{CommonSection.HeaderIdentify}: \"{StaticNodes.StrategyName}\" needs a node; "
                + $"write for example \"s1\" = \"10.0.0.5:7083\" into [{Table.Name}]");
        }
    }
}
