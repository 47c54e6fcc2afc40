using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of a listener's TLS section; each listener over TCP has one.</summary>
internal sealed class TlsKeys(string section)
{
    private static readonly PathKind Path = new();

    /// <summary>The section: <c>tcpgate.tls</c>.</summary>
    public string Section => section;

    public ConfigurationKey<string> CertificateFile { get; } = new(section, "cert_file", Path, "",
        "PEM file with the certificate and, behind it, those that link it to a root. Watched: a new one serves the next connection.");

    public ConfigurationKey<string> KeyFile { get; } = new(section, "key_file", Path, "",
        "PEM file with the private key, without a passphrase. Watched.");

    public ConfigurationKey<string> ClientCaFile { get; } = new(section, "client_ca_file", Path, "",
        "PEM file with the authorities whose certificates clients must show; without it they show none. Watched.");

    public ConfigurationKey<IReadOnlyList<CertificateEntry>> Certificates { get; } = new(section, "certificate", new CertificateListKind(), [],
        $"Further certificates, each written as `[[{section}.certificate]]`; a client gets the one for the name that it asks for (SNI).");

    /// <summary>Every key, in the order of the documentation.</summary>
    public IReadOnlyList<ConfigurationKey> All => [CertificateFile, KeyFile, ClientCaFile, Certificates];
}
