using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Dns;
using Sluice.Registries.Etcd;
using Sluice.Registries.Redis;
using Sluice.Registries.ZooKeeper;

namespace Sluice.Daemon.Routing;

/// <summary>Every strategy that the program brings, in the order of the documentation. To add one: write its resolver, its keys, and a line here.</summary>
internal static class Strategies
{
    public static IReadOnlyList<Strategy> All { get; } =
    [
        new(HostPortResolver.StrategyName, (_, _) => new HostPortResolver()),
        new(HostPortResolver.SecondName, (_, _) => new HostPortResolver()),
        new(StaticNodes.StrategyName, StaticStrategy.Create) { Check = StaticStrategy.Check },
        new(EtcdSource.StrategyName, EtcdStrategy.Create) { Check = EtcdStrategy.Check },
        new(RedisSource.StrategyName, RedisStrategy.Create) { Check = RedisStrategy.Check },
        new(ZooKeeperNodes.StrategyName, ZooKeeperStrategy.Create) { Check = ZooKeeperStrategy.Check },
        new(DnsResolver.StrategyName, DnsStrategy.Create) { Check = DnsStrategy.Check },
    ];

    /// <summary>The strategy that <c>[common] header_identify</c> names.</summary>
    public static Strategy Selected(Settings settings) =>
        All.First(strategy => string.Equals(strategy.Name, settings.Get(Keys.HeaderIdentify), StringComparison.Ordinal));

    /// <summary>Makes the selected strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) => Selected(settings).Create(settings, logger);
}
