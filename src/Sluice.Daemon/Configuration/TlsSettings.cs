using Sluice.Transport.Tls;

namespace Sluice.Daemon.Configuration;

/// <summary>What the TLS settings mean for a listener.</summary>
internal static class TlsSettings
{
    /// <summary>The options of a listener; null where it speaks plain TCP.</summary>
    public static TlsServerOptions? ToTlsOptions(this Settings settings, TlsKeys keys)
    {
        List<CertificateEntry> entries = settings.CertificatesOf(keys);
        return entries.Count == 0 ? null : new TlsServerOptions
        {
            Certificates = [.. entries.Select(entry => entry.Files)],
            ClientCaFile = settings.Get(keys.ClientCaFile) is { Length: > 0 } file ? file : null,
        };
    }

    /// <summary>Every certificate of a listener: the one of the section itself, which serves clients that ask for no known name, and the further ones.</summary>
    public static List<CertificateEntry> CertificatesOf(this Settings settings, TlsKeys keys)
    {
        var entries = new List<CertificateEntry>();
        string certificate = settings.Get(keys.CertificateFile);
        string key = settings.Get(keys.KeyFile);
        if (certificate.Length > 0 && key.Length > 0)
        {
            entries.Add(new CertificateEntry(
                new TlsCertificateFiles { CertificateFile = certificate, KeyFile = key },
                settings.OriginOf(keys.CertificateFile)!.Value,
                settings.OriginOf(keys.KeyFile)!.Value));
        }

        entries.AddRange(settings.Get(keys.Certificates));
        return entries;
    }
}
