using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Transport.Tls;

/// <summary>
/// Decides which certificates are trusted. Nothing is ever fetched for that: no missing issuer and no list of revoked ones.
/// </summary>
internal static class TlsTrust
{
    /// <summary>
    /// TLS 1.2 and 1.3. What is older is broken (RFC 8996), and what the system's own default would be is not left to it.
    /// </summary>
#pragma warning disable CA5398 // The choice is the contract's: exactly these two.
    public const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;
#pragma warning restore CA5398

    /// <summary>These authorities and no others.</summary>
    public static X509ChainPolicy Only(X509Certificate2Collection authorities)
    {
        X509ChainPolicy policy = System();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>Those that the system trusts.</summary>
    public static X509ChainPolicy System() => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}
