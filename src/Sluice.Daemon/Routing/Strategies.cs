using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Routing.Plugins;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Dns;
using Sluice.Registries.Etcd;
using Sluice.Registries.Kubernetes;
using Sluice.Registries.Redis;
using Sluice.Registries.ZooKeeper;
using Sluice.Tokens;

namespace Sluice.Daemon.Routing;

/// <summary>Every strategy that the program brings, in the order of the documentation. To add one: write its resolver, its keys, and a line here.</summary>
internal static class Strategies
{
    public static IReadOnlyList<Strategy> All { get; } =
    [
        new(HostPortResolver.StrategyName, (_, _) => new HostPortResolver()),
        new(HostPortResolver.SecondName, (_, _) => new HostPortResolver()),
        new(JwtResolver.StrategyName, JwtStrategy.Create) { Check = JwtStrategy.Check, Look = JwtStrategy.Look },
        new(StaticNodes.StrategyName, StaticStrategy.Create) { Check = StaticStrategy.Check },
        new(EtcdSource.StrategyName, EtcdStrategy.Create) { Check = EtcdStrategy.Check, Look = EtcdStrategy.Look },
        new(RedisSource.StrategyName, RedisStrategy.Create) { Check = RedisStrategy.Check, Look = RedisStrategy.Look },
        new(ZooKeeperNodes.StrategyName, ZooKeeperStrategy.Create) { Check = ZooKeeperStrategy.Check },
        new(DnsResolver.StrategyName, DnsStrategy.Create) { Check = DnsStrategy.Check },
        new(KubernetesSource.StrategyName, KubernetesStrategy.Create) { Check = KubernetesStrategy.Check, Look = KubernetesStrategy.Look },
    ];

    /// <summary>What <c>[common] header_identify</c> takes, for messages and for the documentation.</summary>
    public static string Range => $"{string.Join(", ", Names(All).Select(Quoted.Text))} or the `Name` of a plug-in's strategy";

    /// <summary>Loads the plug-ins, then holds every name that was written against the strategies that there are.</summary>
    public static void Find(Settings settings, FaultList faults, bool looksAtFiles)
    {
        if (looksAtFiles)
        {
            bool complete = PluginList.TryLoad(settings, faults, out IReadOnlyList<Strategy> found);
            settings.PluginStrategies = found;
            if (!complete)
            {
                // The name may be that of a strategy in there.
                return;
            }
        }

        List<string> known = Names(Known(settings));
        bool hasPlugins = settings.EveryValueOf(PluginKeys.Paths).Any(written => written.Value.Count > 0);
        foreach ((string name, Origin origin) in settings.EveryValueOf(Keys.HeaderIdentify))
        {
            // Whoever overrides both keys to do without a plug-in leaves its name in the file.
            bool isOverridden = origin != settings.OriginOf(Keys.HeaderIdentify);
            if (!known.Contains(name, StringComparer.Ordinal) && !(isOverridden && hasPlugins))
            {
                string more = hasPlugins ? "" : $", or name the plug-in that has it in {PluginKeys.Paths}";
                faults.Add(origin, $"{Keys.HeaderIdentify}: {Quoted.Text(name)} is not known; the nearest is {Quoted.Text(NearestName.Of(name, known))}. Write {Quoted.OneOf(known)}{more}");
            }
        }
    }

    /// <summary>The strategy that <c>[common] header_identify</c> names.</summary>
    public static Strategy Selected(Settings settings) =>
        Known(settings).First(strategy => string.Equals(strategy.Name, settings.Get(Keys.HeaderIdentify), StringComparison.Ordinal));

    /// <summary>Makes the selected strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) => Selected(settings).Create(settings, logger);

    private static IEnumerable<Strategy> Known(Settings settings) => All.Concat(settings.PluginStrategies);

    private static List<string> Names(IEnumerable<Strategy> strategies) => [.. strategies.Select(strategy => strategy.Name)];
}
