using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.ZooKeeper;

namespace Sluice.Daemon.Sections;

/// <summary><c>[zookeeper]</c>: nodes in ZooKeeper.</summary>
internal static class ZooKeeperSection
{
    private const string DefaultServers = "127.0.0.1:2181";

    private static readonly ZooKeeperOptions Defaults = new() { Servers = Servers(DefaultServers) };

    public static readonly Section Table = new("zookeeper") { Check = Check };

    public static readonly Setting<string> Connect = Table.Add("connect",
        new TextKind(
            "servers as host:port, with a path behind the last where all paths are below one: \"10.0.0.5:2181,10.0.0.6:2181/games\"",
            text => ZooKeeperServers.TryParse(text, out _)),
        DefaultServers,
        "For [`zookeeper`](routing.md#nodes-in-zookeeper): the servers, asked in random order. The default port is 2181.");

    public static readonly Setting<string> Path = Table.Add("path",
        new TextKind("a path that begins with /", ZooKeeperServers.IsPath), Defaults.Path,
        "The znode whose children are the nodes. A child's name is the node's name, its data the node's value.");

    public static readonly Setting<TimeSpan> SessionTimeout = Table.Add("session_timeout",
        new SecondsKind(0.1, 3600), Defaults.SessionTimeout,
        "Seconds. A server that is silent for two thirds of it is lost. The server may choose another time, within bounds of its own.");

    public static readonly Setting<string> PasswordFile = Table.Add("password_file", new PathKind(), "",
        "File whose only line is `user:password`, if znodes are for some users only (scheme digest). Read at each connection. "
        + "If it changes, the gateway connects again.");

    /// <summary>Creates the strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) =>
        new RegistryResolver(new ZooKeeperNodes(Build(settings)), RegistrySettings.Options(settings), logger);

    private static ZooKeeperOptions Build(Settings settings) => new()
    {
        Servers = Servers(settings.Get(Connect)),
        Path = settings.Get(Path),
        SessionTimeout = settings.Get(SessionTimeout),
        ReadUser = RegistrySettings.SecretReader(settings, PasswordFile),
    };

    private static void Check(Settings settings, FaultList faults)
    {
        RegistrySettings.ReadSecret(settings, faults, PasswordFile);
        if (settings.ContentOf<SecretFile>(PasswordFile) is { } secret && secret.Text.IndexOf(':', StringComparison.Ordinal) < 1)
        {
            RegistrySettings.Fault(settings, faults, PasswordFile, "its file holds no user; write user:password into it");
        }
    }

    private static ZooKeeperServers Servers(string text) =>
        ZooKeeperServers.TryParse(text, out ZooKeeperServers? servers) ? servers : throw new FormatException(text);
}
