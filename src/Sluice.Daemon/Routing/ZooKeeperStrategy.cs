using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.ZooKeeper;

namespace Sluice.Daemon.Routing;

/// <summary>Nodes in ZooKeeper.</summary>
internal static class ZooKeeperStrategy
{
    public static IBackendResolver Create(Settings settings, ILogger logger)
    {
        _ = ZooKeeperServers.TryParse(settings.Get(ZooKeeperKeys.Connect), out ZooKeeperServers? servers);
        return new RegistryResolver(
            new ZooKeeperNodes(new ZooKeeperOptions
            {
                Servers = servers!,
                Path = settings.Get(ZooKeeperKeys.Path),
                SessionTimeout = settings.Get(ZooKeeperKeys.SessionTimeout),
                ReadUser = Registries.SecretReader(settings, ZooKeeperKeys.PasswordFile),
            }),
            Registries.Options(settings),
            logger);
    }

    public static void Check(Settings settings, FaultList faults)
    {
        Registries.ReadSecret(settings, faults, ZooKeeperKeys.PasswordFile);
        if (settings.SecretOf(ZooKeeperKeys.PasswordFile) is { } secret && secret.Text.IndexOf(':', StringComparison.Ordinal) < 1)
        {
            Registries.Fault(settings, faults, ZooKeeperKeys.PasswordFile, "its file holds no user; write user:password into it");
        }
    }
}
