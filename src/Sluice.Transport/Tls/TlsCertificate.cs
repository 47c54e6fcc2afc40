using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Transport.Tls;

/// <summary>A certificate with its key and chain, ready to be served.</summary>
public sealed class TlsCertificate
{
    private const string SubjectAlternativeName = "2.5.29.17";

    private readonly X509Certificate2 _certificate;

    private TlsCertificate(TlsCertificateFiles files, X509Certificate2 certificate, SslStreamCertificateContext context)
    {
        Files = files;
        _certificate = certificate;
        Context = context;
        Names = files.Names.Count > 0 ? files.Names : DnsNames(certificate);
    }

    /// <summary>The files it was read from.</summary>
    public TlsCertificateFiles Files { get; }

    /// <summary>Server names that it is used for.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>End of its validity.</summary>
    public DateTimeOffset NotAfter => new(_certificate.NotAfter);

    /// <summary>
    /// The certificate and its chain in the form that the TLS stack takes; made once, also for what it keeps to resume sessions.
    /// </summary>
    internal SslStreamCertificateContext Context { get; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="TlsFileException">One cannot be used.</exception>
    public static TlsCertificate Load(TlsCertificateFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        X509Certificate2Collection chain = PemFiles.ReadCertificates(files.CertificateFile);
        X509Certificate2 certificate = PemFiles.ReadWithKey(chain[0], files.KeyFile);
        chain.RemoveAt(0);

        // Offline: no certificate of the chain is fetched from addresses that stand in it.
        return new TlsCertificate(files, certificate, SslStreamCertificateContext.Create(certificate, chain, offline: true));
    }

    /// <summary>Reads a file with authorities, to see that it can be read.</summary>
    /// <exception cref="TlsFileException">It cannot be used.</exception>
    public static void CheckAuthorities(string file) => PemFiles.ReadCertificates(file);

    /// <summary>What is doubtful about it, each with the file: the dates of the certificate, the permissions of the key.</summary>
    /// <param name="now">The present time.</param>
    public IEnumerable<(string File, string Problem)> Doubts(DateTimeOffset now)
    {
        if (now > NotAfter)
        {
            string problem = FormattableString.Invariant($"the certificate expired on {NotAfter.UtcDateTime:u}; renew it");
            yield return (Files.CertificateFile, problem);
        }
        else if (now < new DateTimeOffset(_certificate.NotBefore))
        {
            yield return (Files.CertificateFile,
                FormattableString.Invariant(
                    $"the certificate is valid only from {_certificate.NotBefore.ToUniversalTime():u} on; look at the clock"));
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Files.KeyFile) & UnixFileMode.OtherRead) != 0)
        {
            yield return (Files.KeyFile, "every user of this machine can read the key; chmod 600");
        }
    }

    private static string[] DnsNames(X509Certificate2 certificate) =>
        certificate.Extensions[SubjectAlternativeName] is { } extension
            ? [.. new X509SubjectAlternativeNameExtension(extension.RawData).EnumerateDnsNames()]
            : [];
}
