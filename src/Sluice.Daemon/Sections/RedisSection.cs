using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Redis;

namespace Sluice.Daemon.Sections;

/// <summary><c>[redis]</c>: nodes in Redis.</summary>
internal static class RedisSection
{
    private const string DefaultServer = "127.0.0.1:6379";

    private static readonly PathKind Path = new();
    private static readonly RedisOptions Defaults = new() { Server = Server(DefaultServer) };

    public static readonly Section Table = new("redis") { Check = Check, CheckFiles = CheckFiles };

    public static readonly Setting<string> Connect = Table.Add("connect",
        new TextKind("host:port, for example \"127.0.0.1:6379\"", RegistryText.IsHostPort), DefaultServer,
        "For [`redis`](routing.md#nodes-in-redis): the server, `host:port`.");

    public static readonly Setting<string> Prefix = Table.Add("prefix",
        new TextKind("a text of 1 to 1000 characters", RegistryText.IsPrefix), Defaults.Prefix,
        "Prefix of the keys of nodes. The rest of a key is the node's name.");

    public static readonly Setting<int> Database = Table.Add("database", new WholeNumberKind<int>(0, 1_000_000), Defaults.Database,
        "Number of the database.");

    public static readonly Setting<string> UserName = Table.Add("username",
        new TextKind("a name, or \"\" for none", RegistryText.IsUserName), Defaults.Username ?? "",
        "User of the server's access list. Empty = its default user.");

    public static readonly Setting<string> PasswordFile = Table.Add("password_file", Path, "",
        "File whose only line is the password. Read at each connection.");

    public static readonly Setting<bool> Tls = Table.Add("tls", new TruthKind(), Defaults.Tls,
        "Whether to use TLS. The certificate must be for the host in `connect`.");

    public static readonly Setting<string> CaFile = Table.Add("ca_file", Path, Defaults.CaFile ?? "",
        "PEM file with the authorities that `tls` trusts. Empty = those of the system. Read at each connection.");

    /// <summary>Creates the strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) =>
        new RegistryResolver(new RedisSource(Build(settings), logger), RegistrySettings.Options(settings), logger);

    private static RedisOptions Build(Settings settings) => new()
    {
        Server = Server(settings.Get(Connect)),
        Prefix = settings.Get(Prefix),
        Database = settings.Get(Database),
        Username = settings.Get(UserName).OrNull(),
        ReadPassword = RegistrySettings.SecretReader(settings, PasswordFile),
        Tls = settings.Get(Tls),
        CaFile = settings.Get(CaFile).OrNull(),
    };

    private static void Check(Settings settings, FaultList faults)
    {
        RegistrySettings.ReadSecret(settings, faults, PasswordFile);
        if (settings.Get(UserName).Length > 0 && settings.Get(PasswordFile).Length == 0)
        {
            RegistrySettings.Fault(settings, faults, UserName, "it needs password_file beside it; write both");
        }

        if (settings.Get(CaFile).Length > 0 && !settings.Get(Tls))
        {
            // An operator who names an authority relies on an encrypted connection.
            RegistrySettings.Fault(settings, faults, CaFile, "nothing is encrypted; set tls = true, or take the line out");
        }
    }

    private static void CheckFiles(Settings settings, FaultList faults) => RegistrySettings.CheckCertificates(settings, faults, CaFile);

    private static EndPoint Server(string text)
    {
        int colon = text.LastIndexOf(':');
        int port = int.Parse(text.AsSpan(colon + 1));
        string host = text[..colon].Trim('[', ']');
        return IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }
}
