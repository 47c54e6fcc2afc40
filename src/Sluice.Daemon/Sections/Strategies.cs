using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Routing;
using Sluice.Daemon.Routing.Plugins;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Dns;
using Sluice.Registries.Etcd;
using Sluice.Registries.Kubernetes;
using Sluice.Registries.Redis;
using Sluice.Registries.ZooKeeper;
using Sluice.Tokens;

namespace Sluice.Daemon.Sections;

/// <summary>
/// The routing strategies, in the order of the documentation. To add one, write its resolver, its section and a line here.
/// </summary>
internal static class Strategies
{
    /// <summary>The strategies that the program brings along.</summary>
    public static IReadOnlyList<Strategy> All { get; } =
    [
        new(HostPortResolver.StrategyName, (_, _) => new HostPortResolver()),
        new(HostPortResolver.SecondName, (_, _) => new HostPortResolver()),
        new(JwtResolver.StrategyName, JwtSection.Create) { Section = JwtSection.Table },
        new(StaticNodes.StrategyName, StaticNodesSection.Create) { Section = StaticNodesSection.Table, IsRegistry = true },
        new(EtcdSource.StrategyName, EtcdSection.Create) { Section = EtcdSection.Table, IsRegistry = true },
        new(RedisSource.StrategyName, RedisSection.Create) { Section = RedisSection.Table, IsRegistry = true },
        new(ZooKeeperNodes.StrategyName, ZooKeeperSection.Create) { Section = ZooKeeperSection.Table, IsRegistry = true },
        new(DnsResolver.StrategyName, DnsSection.Create) { Section = DnsSection.Table, IsRegistry = true },
        new(KubernetesSource.StrategyName, KubernetesSection.Create) { Section = KubernetesSection.Table, IsRegistry = true },
    ];

    /// <summary>The values of <c>[common] header_identify</c>, for messages and for the documentation.</summary>
    public static string Range => $"{string.Join(", ", Names(All).Select(Quoted.Text))} or the `Name` of a plug-in's strategy";

    /// <summary>Loads the plug-ins, then checks every name that was written.</summary>
    public static void Find(Settings settings, FaultList faults, bool looksAtFiles)
    {
        if (looksAtFiles)
        {
            bool complete = PluginList.TryLoad(settings, PluginsSection.Paths, All, faults, out IReadOnlyList<Strategy> found);
            settings.SetContent(PluginsSection.Paths, found);
            if (!complete)
            {
                // A plug-in that cannot be loaded may have the strategy.
                return;
            }
        }

        List<string> known = Names(Known(settings));
        bool hasPlugins = settings.EveryValueOf(PluginsSection.Paths).Any(written => written.Value.Count > 0);
        foreach ((string name, Origin origin) in settings.EveryValueOf(CommonSection.HeaderIdentify))
        {
            // An operator who overrides both settings, to do without a plug-in, leaves the name of its strategy in the file.
            bool isOverridden = origin != settings.OriginOf(CommonSection.HeaderIdentify);
            if (!known.Contains(name, StringComparer.Ordinal) && !(isOverridden && hasPlugins))
            {
                string more = hasPlugins ? "" : $", or name the plug-in that has it in {PluginsSection.Paths}";
                faults.Add(
                    origin,
                    $"{CommonSection.HeaderIdentify}: {Quoted.Text(name)} is not known; "
                    + $"the nearest is {Quoted.Text(NearestName.Of(name, known))}. Write {Quoted.OneOf(known)}{more}");
            }
        }
    }

    /// <summary>Returns the strategy that <c>[common] header_identify</c> names.</summary>
    public static Strategy Selected(Settings settings) => Known(settings).First(
        strategy => string.Equals(strategy.Name, settings.Get(CommonSection.HeaderIdentify), StringComparison.Ordinal));

    /// <summary>Creates the selected strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) => Selected(settings).Create(settings, logger);

    /// <summary>Whether the selected strategy asks a registry. A plug-in may.</summary>
    public static bool AsksRegistry(Settings settings) => Selected(settings).Name switch
    {
        HostPortResolver.StrategyName or HostPortResolver.SecondName => false,
        JwtResolver.StrategyName => settings.Get(JwtSection.NodeRegistry).Length > 0,
        _ => true,
    };

    private static IEnumerable<Strategy> Known(Settings settings) =>
        All.Concat(settings.ContentOf<IReadOnlyList<Strategy>>(PluginsSection.Paths) ?? []);

    private static List<string> Names(IEnumerable<Strategy> strategies) => [.. strategies.Select(strategy => strategy.Name)];
}
