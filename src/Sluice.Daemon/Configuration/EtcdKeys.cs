using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[etcd]</c>.</summary>
internal static class EtcdKeys
{
    private const string Section = "etcd";

    private static readonly PathKind Path = new();

    public static readonly ConfigurationKey<IReadOnlyList<string>> Endpoints = new(Section, "endpoints",
        new TextListKind("a list of endpoints, for example [\"http://10.0.0.5:2379\"]", RegistryText.IsEndpoint), ["http://127.0.0.1:2379"],
        "For `etcd`: members of the cluster, http or https. One at a time is asked, the next one when it fails.");

    public static readonly ConfigurationKey<string> Prefix = new(Section, "prefix",
        new TextKind("a text of 1 to 1000 characters", RegistryText.IsPrefix), "/sluice/nodes/",
        "What the keys of nodes begin with; the rest of a key is the node's name.");

    public static readonly ConfigurationKey<string> UserName = new(Section, "username",
        new TextKind("a name, or \"\" for none", RegistryText.IsUserName), "",
        "User, where etcd asks for one; it needs no more than to read the prefix.");

    public static readonly ConfigurationKey<string> PasswordFile = new(Section, "password_file", Path, "",
        "File whose only line is the password of `username`. Read at each login.");

    public static readonly ConfigurationKey<string> CaFile = new(Section, "ca_file", Path, "",
        "PEM file with the authorities that https endpoints are believed by; \"\" = those of the system. Read at each connection.");

    public static readonly ConfigurationKey<string> CertificateFile = new(Section, "cert_file", Path, "",
        "PEM file with the certificate that is shown to https endpoints. Read at each connection.");

    public static readonly ConfigurationKey<string> KeyFile = new(Section, "key_file", Path, "",
        "PEM file with the key of `cert_file`. Read at each connection.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } = [Endpoints, Prefix, UserName, PasswordFile, CaFile, CertificateFile, KeyFile];
}
