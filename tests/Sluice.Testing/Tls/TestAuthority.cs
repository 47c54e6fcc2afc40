using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sluice.Transport.Tls;

namespace Sluice.Testing.Tls;

/// <summary>
/// A certificate authority for one test. Certificates that it issues are PEM files in a temporary folder, deleted with it.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-tls-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509SignatureGenerator _signer;
    private int _serial;
    private int _written;

    /// <param name="name">Common name.</param>
    /// <param name="issuer">The issuer of its certificate; null = self-signed.</param>
    public TestAuthority(string name = "Test authority", TestAuthority? issuer = null)
    {
        _signer = X509SignatureGenerator.CreateForECDsa(_key);
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = issuer is null
            ? request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10))
            : request.Create(
                issuer.Certificate,
                DateTimeOffset.UtcNow.AddDays(-9),
                DateTimeOffset.UtcNow.AddDays(9),
                BitConverter.GetBytes(++issuer._serial));
        File = Write("authority.pem", Certificate.ExportCertificatePem());
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>PEM file with the authority's certificate.</summary>
    public string File { get; }

    public string this[string name] => Path.Combine(_folder, name);

    /// <summary>Issues a certificate with its key.</summary>
    /// <param name="name">Common name, and DNS name unless it is an address.</param>
    /// <param name="validDays">Days until it expires; negative = already expired.</param>
    /// <param name="rsa">RSA 2048 instead of P-256.</param>
    public X509Certificate2 Issue(string name, int validDays = 5, bool rsa = false)
    {
        using AsymmetricAlgorithm key = rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = key is RSA rsaKey
            ? new CertificateRequest($"CN={name}", rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (System.Net.IPAddress.TryParse(name, out System.Net.IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerPurpose), new Oid(ClientPurpose)], false));
        byte[] serial = BitConverter.GetBytes(++_serial);
        using X509Certificate2 issued =
            request.Create(
                Certificate.SubjectName, _signer, DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(validDays), serial);
        return key is RSA withRsa ? issued.CopyWithPrivateKey(withRsa) : issued.CopyWithPrivateKey((ECDsa)key);
    }

    /// <summary>Issues a certificate and writes it with its key.</summary>
    public TlsCertificateFiles IssueFiles(string name, int validDays = 5, bool rsa = false)
    {
        using X509Certificate2 certificate = Issue(name, validDays, rsa);
        return WriteFiles(name.Replace('*', '_'), certificate);
    }

    /// <summary>Writes a certificate with its key, replacing older files with that name.</summary>
    public TlsCertificateFiles WriteFiles(string file, X509Certificate2 certificate) => new()
    {
        CertificateFile = Write($"{file}.pem", certificate.ExportCertificatePem()),
        KeyFile = Write($"{file}.key", KeyPem(certificate)),
    };

    public static string KeyPem(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(this[name], text);

        // A second write within one tick of the file system's clock would look as if nothing had changed.
        System.IO.File.SetLastWriteTimeUtc(this[name], DateTime.UtcNow.AddSeconds(++_written));
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(this[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return this[name];
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
