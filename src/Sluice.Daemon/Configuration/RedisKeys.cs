using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[redis]</c>.</summary>
internal static class RedisKeys
{
    private const string Section = "redis";

    private static readonly PathKind Path = new();

    public static readonly ConfigurationKey<string> Connect = new(Section, "connect",
        new TextKind("host:port, for example \"127.0.0.1:6379\"", RegistryText.IsHostPort), "127.0.0.1:6379",
        "For `redis`: the server, `host:port`.");

    public static readonly ConfigurationKey<string> Prefix = new(Section, "prefix",
        new TextKind("a text of 1 to 1000 characters", RegistryText.IsPrefix), "sluice:nodes:",
        "What the keys of nodes begin with; the rest of a key is the node's name.");

    public static readonly ConfigurationKey<long> Database = new(Section, "database", new WholeNumberKind(0, 1_000_000), 0,
        "Number of the database.");

    public static readonly ConfigurationKey<string> UserName = new(Section, "username",
        new TextKind("a name, or \"\" for none", RegistryText.IsUserName), "",
        "User of the server's access list; \"\" = its default user.");

    public static readonly ConfigurationKey<string> PasswordFile = new(Section, "password_file", Path, "",
        "File whose only line is the password. Read at each connection.");

    public static readonly ConfigurationKey<bool> Tls = new(Section, "tls", new TruthKind(), false,
        "Whether TLS is spoken; the certificate must be for the host in `connect`.");

    public static readonly ConfigurationKey<string> CaFile = new(Section, "ca_file", Path, "",
        "PEM file with the authorities that `tls` believes; \"\" = those of the system. Read at each connection.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } = [Connect, Prefix, Database, UserName, PasswordFile, Tls, CaFile];
}
