using Sluice.Daemon.Configuration.Kinds;
using Sluice.Registries.ZooKeeper;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[zookeeper]</c>.</summary>
internal static class ZooKeeperKeys
{
    private const string Section = "zookeeper";

    public static readonly ConfigurationKey<string> Connect = new(Section, "connect",
        new TextKind("servers as host:port, with a path behind the last where all paths are below one: \"10.0.0.5:2181,10.0.0.6:2181/games\"",
            text => ZooKeeperServers.TryParse(text, out _)),
        "127.0.0.1:2181",
        "For `zookeeper`: the servers, asked in random order; without a port it is 2181.");

    public static readonly ConfigurationKey<string> Path = new(Section, "path",
        new TextKind("a path that begins with /", ZooKeeperServers.IsPath), "/sluice/nodes",
        "The znode whose children are the nodes: a child's name is the node's name, its data the node's value.");

    public static readonly ConfigurationKey<TimeSpan> SessionTimeout = new(Section, "session_timeout", new SecondsKind(0.1, 3600), TimeSpan.FromSeconds(10),
        "Seconds; a server that is silent for two thirds of it is given up. The server may give more or less: it has bounds of its own.");

    public static readonly ConfigurationKey<string> PasswordFile = new(Section, "password_file", new PathKind(), "",
        "File whose only line is `user:password`, if znodes are for some users only (scheme digest). Read at each connection; a change of it makes a new one.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } = [Connect, Path, SessionTimeout, PasswordFile];
}
