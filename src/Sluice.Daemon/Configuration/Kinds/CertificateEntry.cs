using Sluice.Transport.Tls;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A certificate of the configuration, and the places that name its files.</summary>
internal sealed record CertificateEntry(TlsCertificateFiles Files, Origin CertificateOrigin, Origin KeyOrigin)
{
    /// <summary>Returns the files, for messages.</summary>
    public override string ToString() => Files.Names.Count == 0
        ? $"{Files.CertificateFile} + {Files.KeyFile}"
        : $"{Files.CertificateFile} + {Files.KeyFile} for {string.Join(' ', Files.Names)}";
}
