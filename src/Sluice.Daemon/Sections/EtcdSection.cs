using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Etcd;

namespace Sluice.Daemon.Sections;

/// <summary><c>[etcd]</c>: nodes in etcd.</summary>
internal static class EtcdSection
{
    private static readonly PathKind Path = new();
    private static readonly EtcdOptions Defaults = new() { Endpoints = [new Uri("http://127.0.0.1:2379")] };

    public static readonly Section Table = new("etcd") { Check = Check, CheckFiles = CheckFiles };

    public static readonly Setting<IReadOnlyList<string>> Endpoints = Table.Add("endpoints",
        new TextListKind("a list of endpoints, for example [\"http://10.0.0.5:2379\"]", RegistryText.IsEndpoint),
        [.. Defaults.Endpoints.Select(endpoint => endpoint.OriginalString)],
        "For [`etcd`](routing.md#nodes-in-etcd): members of the cluster, http or https. One at a time is asked, the next one if it fails.");

    public static readonly Setting<string> Prefix = Table.Add("prefix",
        new TextKind("a text of 1 to 1000 characters", RegistryText.IsPrefix), Defaults.Prefix,
        "Prefix of the keys of nodes. The rest of a key is the node's name.");

    public static readonly Setting<string> UserName = Table.Add("username",
        new TextKind("a name, or \"\" for none", RegistryText.IsUserName), Defaults.Username ?? "",
        "User, if etcd asks for one. It needs no more than to read the prefix.");

    public static readonly Setting<string> PasswordFile = Table.Add("password_file", Path, "",
        "File whose only line is the password of `username`. Read at each login.");

    public static readonly Setting<string> CaFile = Table.Add("ca_file", Path, Defaults.CaFile ?? "",
        "PEM file with the authorities that https endpoints are verified with. Empty = those of the system. Read at each connection.");

    public static readonly Setting<string> CertificateFile = Table.Add("cert_file", Path, Defaults.CertificateFile ?? "",
        "PEM file with the certificate that the gateway sends to https endpoints. Read at each connection.");

    public static readonly Setting<string> KeyFile = Table.Add("key_file", Path, Defaults.KeyFile ?? "",
        "PEM file with the key of `cert_file`. Read at each connection.");

    /// <summary>Creates the strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) =>
        new RegistryResolver(new EtcdSource(Build(settings)), RegistrySettings.Options(settings), logger);

    private static EtcdOptions Build(Settings settings) => new()
    {
        Endpoints = [.. settings.Get(Endpoints).Select(endpoint => new Uri(endpoint))],
        Prefix = settings.Get(Prefix),
        Username = settings.Get(UserName).OrNull(),
        ReadPassword = RegistrySettings.SecretReader(settings, PasswordFile),
        CaFile = settings.Get(CaFile).OrNull(),
        CertificateFile = settings.Get(CertificateFile).OrNull(),
        KeyFile = settings.Get(KeyFile).OrNull(),
    };

    private static void Check(Settings settings, FaultList faults)
    {
        IReadOnlyList<string> endpoints = settings.Get(Endpoints);
        if (endpoints.Count == 0)
        {
            RegistrySettings.Fault(settings, faults, Endpoints, "there is none; write for example [\"http://10.0.0.5:2379\"]");
        }

        RegistrySettings.ReadSecret(settings, faults, PasswordFile);
        RegistrySettings.CheckBoth(settings, faults, UserName, PasswordFile);
        RegistrySettings.CheckBoth(settings, faults, CertificateFile, KeyFile);
        if (endpoints.Any(endpoint => endpoint.StartsWith("http://", StringComparison.Ordinal)))
        {
            RegistrySettings.RejectUnencrypted(settings, faults, "an endpoint", CaFile, CertificateFile);
        }
    }

    private static void CheckFiles(Settings settings, FaultList faults) =>
        RegistrySettings.CheckCertificates(settings, faults, CaFile, CertificateFile, KeyFile);
}
