using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Bench.Peers;

/// <summary>One certificate (ECDSA, P-256) for all TLS relays of a run, in the run's private temporary folder.</summary>
internal sealed class ServerCertificate
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(2);

    public ServerCertificate(string folder)
    {
        CertificateFile = Path.Combine(folder, "certificate.pem");
        KeyFile = Path.Combine(folder, "key.pem");
        BothFile = Path.Combine(folder, "both.pem");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow - Life, DateTimeOffset.UtcNow + Life);
        var (certificateText, keyText) = (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(CertificateFile, certificateText);
        File.WriteAllText(KeyFile, keyText);
        File.WriteAllText(BothFile, certificateText + keyText);
    }

    public string CertificateFile { get; }

    public string KeyFile { get; }

    /// <summary>Certificate and key in one file, as HAProxy expects.</summary>
    public string BothFile { get; }
}
