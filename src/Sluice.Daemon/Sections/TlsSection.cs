using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Transport.Tls;

namespace Sluice.Daemon.Sections;

/// <summary><c>[tcpgate.tls]</c> and <c>[wsgate.tls]</c>: TLS for the clients of a listener.</summary>
internal sealed class TlsSection
{
    private static readonly PathKind Path = new();

    private readonly Setting<bool> _enabled;

    /// <summary>Creates the section.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="enabled">The setting that enables the listener.</param>
    public TlsSection(string name, Setting<bool> enabled)
    {
        _enabled = enabled;
        Table = new Section(name) { CheckFiles = CheckFiles };
        CertificateFile = Table.Add("cert_file", Path, "",
            "PEM file with the certificate, followed by those that link it to a root. Watched: a new one serves the next connection.");
        KeyFile = Table.Add("key_file", Path, "", "PEM file with the private key, without a passphrase. Watched.");
        ClientCaFile = Table.Add("client_ca_file", Path, "",
            "PEM file with the authorities that issue client certificates. If it is empty, clients need no certificate. Watched. "
            + "See [client certificates](tls-and-proxies.md#client-certificates).");
        Certificates = Table.Add("certificate", new CertificateListKind(), [],
            $"Further certificates, each written as `[[{name}.certificate]]`. A client gets the one for the name that it asks for (SNI).");
    }

    /// <summary>The settings.</summary>
    public Section Table { get; }

    public Setting<string> CertificateFile { get; }

    public Setting<string> KeyFile { get; }

    public Setting<string> ClientCaFile { get; }

    public Setting<IReadOnlyList<CertificateEntry>> Certificates { get; }

    /// <summary>Returns the options of the listener, or null if it speaks plain TCP.</summary>
    public TlsServerOptions? Build(Settings settings)
    {
        List<CertificateEntry> entries = Entries(settings);
        return entries.Count == 0 ? null : new TlsServerOptions
        {
            Certificates = [.. entries.Select(entry => entry.Files)],
            ClientCaFile = settings.Get(ClientCaFile).OrNull(),
        };
    }

    /// <summary>Returns the section's own certificate, which serves clients that ask for no known name, and the further ones.</summary>
    private List<CertificateEntry> Entries(Settings settings)
    {
        var entries = new List<CertificateEntry>();
        string certificate = settings.Get(CertificateFile);
        string key = settings.Get(KeyFile);
        if (certificate.Length > 0 && key.Length > 0)
        {
            entries.Add(new CertificateEntry(
                new TlsCertificateFiles { CertificateFile = certificate, KeyFile = key },
                settings.PlaceOf(CertificateFile),
                settings.PlaceOf(KeyFile)));
        }

        entries.AddRange(settings.Get(Certificates));
        return entries;
    }

    private void CheckFiles(Settings settings, FaultList faults)
    {
        if (!settings.Get(_enabled) || settings.OriginOfSection(Table.Name) is not { } section)
        {
            return;
        }

        bool certificate = settings.Get(CertificateFile).Length > 0;
        bool key = settings.Get(KeyFile).Length > 0;
        if (certificate != key)
        {
            (Setting found, Setting missing) = certificate ? (CertificateFile, KeyFile) : (KeyFile, CertificateFile);
            faults.Add(settings.PlaceOf(found), $"{found}: it needs {missing.Name} beside it; write both");
            return;
        }

        List<CertificateEntry> entries = Entries(settings);
        if (entries.Count == 0)
        {
            // An operator who writes the section wants TLS: a listener for plain TCP would be a nasty surprise.
            faults.Add(
                section,
                $"[{Table.Name}] has no certificate; write cert_file and key_file, or take the section out to speak plain TCP");
            return;
        }

        foreach (CertificateEntry entry in entries)
        {
            CheckCertificate(entry, faults);
        }

        CheckAuthorities(settings, faults, ClientCaFile);
    }

    /// <summary>Reads a certificate as the gateway does.</summary>
    private void CheckCertificate(CertificateEntry entry, FaultList faults)
    {
        try
        {
            foreach ((string file, string problem) in TlsCertificate.Load(entry.Files).Doubts(TimeProvider.System.GetUtcNow()))
            {
                faults.Warn(PlaceOf(file), $"[{Table.Name}] {Quoted.Long(file)}: {problem}");
            }
        }
        catch (TlsFileException failure)
        {
            faults.Add(PlaceOf(failure.File), $"[{Table.Name}] {Quoted.Long(failure.File)}: {failure.Problem}");
        }

        Origin PlaceOf(string file) =>
            string.Equals(file, entry.Files.KeyFile, StringComparison.Ordinal) ? entry.KeyOrigin : entry.CertificateOrigin;
    }

    /// <summary>Adds a fault if the file of authorities that a setting names cannot be used.</summary>
    public static void CheckAuthorities(Settings settings, FaultList faults, Setting<string> setting)
    {
        if (settings.Get(setting) is not { Length: > 0 } file)
        {
            return;
        }

        try
        {
            TlsCertificate.CheckAuthorities(file);
        }
        catch (TlsFileException failure)
        {
            faults.Add(settings.PlaceOf(setting), $"{setting} {Quoted.Long(file)}: {failure.Problem}");
        }
    }
}
