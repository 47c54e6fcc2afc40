using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries;

/// <summary>TLS towards a registry: 1.2 and 1.3, a certificate that verifies, nothing fetched to find that out.</summary>
/// <remarks>The files are read at each connection, so that replaced ones serve the next.</remarks>
internal static class RegistryTls
{
    /// <summary>Reads the files.</summary>
    /// <param name="host">What the certificate of the registry must be for.</param>
    /// <param name="caFile">PEM file with the authorities that are believed; null = those of the system.</param>
    /// <param name="certificateFile">PEM file with our own certificate; null = none is shown.</param>
    /// <param name="keyFile">PEM file with the key of <paramref name="certificateFile"/>.</param>
    /// <exception cref="NodeSourceException">A file cannot be used.</exception>
    public static SslClientAuthenticationOptions Client(string host, string? caFile, string? certificateFile = null, string? keyFile = null)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
#pragma warning disable CA5398 // As everywhere in Sluice: exactly these two.
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = policy,
        };
        if (caFile is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Read(caFile, () =>
            {
                var authorities = new X509Certificate2Collection();
                authorities.ImportFromPemFile(caFile);
                return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
            }));
        }

        if (certificateFile is not null)
        {
            X509Certificate2 certificate = Read(certificateFile, () => X509Certificate2.CreateFromPemFile(certificateFile, keyFile));
            options.ClientCertificateContext = SslStreamCertificateContext.Create(Usable(certificate), additionalCertificates: null, offline: true);
        }

        return options;
    }

    /// <summary>Windows cannot use a key that was only read from PEM.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        OperatingSystem.IsWindows()
            ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null)
            : certificate;

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new NodeSourceException($"{file} cannot be used: {failure.Message}", failure);
        }
    }
}
