using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sluice.Transport.Tls;

namespace Sluice.Transport.Tests.Tls;

/// <summary>A folder with a self-signed certificate and its key, gone with the test.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-tls-").FullName;

    private DateTime _written = DateTime.UtcNow;

    public CertificateFolder() => Renew("first.test");

    public TlsCertificateFiles Files =>
        new() { CertificateFile = Path.Combine(_folder, "chain.pem"), KeyFile = Path.Combine(_folder, "key.pem") };

    public TlsServerOptions Options => new() { Certificates = [Files] };

    public void Renew(string name, int days = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-3), DateTimeOffset.UtcNow.AddDays(days));
        File.WriteAllText(Files.CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(Files.KeyFile, key.ExportPkcs8PrivateKeyPem());

        // Two files that are written within one tick of the system's clock may look the same from outside; here they never do.
        _written += Second;
        File.SetLastWriteTimeUtc(Files.CertificateFile, _written);
        File.SetLastWriteTimeUtc(Files.KeyFile, _written);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Files.KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
