using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Transport.Tls;

/// <summary>The certificates of a listener as they were read at one time, by server name.</summary>
internal sealed class TlsCertificateSet
{
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    private readonly Dictionary<string, SslServerAuthenticationOptions> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly SslServerAuthenticationOptions _first;

    private TlsCertificateSet(TlsServerOptions options, IReadOnlyList<TlsCertificate> certificates, X509ChainPolicy? clients)
    {
        Certificates = certificates;
        SslServerAuthenticationOptions[] all = [.. certificates.Select(certificate => ForClients(certificate, options, clients))];
        _first = all[0];
        for (int i = 0; i < all.Length; i++)
        {
            foreach (string name in certificates[i].Names)
            {
                // Of two certificates for one name the first is served.
                _byName.TryAdd(name, all[i]);
                _byName.TryAdd(AsItIsTold(name), all[i]);
            }
        }
    }

    public IReadOnlyList<TlsCertificate> Certificates { get; }

    /// <summary>Reads every file.</summary>
    /// <exception cref="TlsFileException">One cannot be used.</exception>
    public static TlsCertificateSet Load(TlsServerOptions options) => new(
        options,
        [.. options.Certificates.Select(TlsCertificate.Load)],
        options.ClientCaFile is { } file ? TlsTrust.Only(PemFiles.ReadCertificates(file)) : null);

    /// <summary>The settings for a server name: the name itself, else its wildcard, else the first certificate.</summary>
    public SslServerAuthenticationOptions Select(string name)
    {
        name = name.TrimEnd('.');
        if (_byName.TryGetValue(name, out SslServerAuthenticationOptions? exact))
        {
            return exact;
        }

        // A wildcard stands for one whole label (RFC 6125 6.4.3).
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _byName.TryGetValue($"*{name[dot..]}", out SslServerAuthenticationOptions? wildcard) ? wildcard : _first;
    }

    /// <summary>
    /// The framework reports the name that a client asks for decoded (münchen.test), where certificates and settings have
    /// xn--mnchen-3ya.test.
    /// </summary>
    private static string AsItIsTold(string name)
    {
        try
        {
            return Idn.GetUnicode(name);
        }
        catch (ArgumentException)
        {
            return name;
        }
    }

    private static SslServerAuthenticationOptions ForClients(
        TlsCertificate certificate, TlsServerOptions options, X509ChainPolicy? clients) => new()
        {
            ServerCertificateContext = certificate.Context,
            EnabledSslProtocols = TlsTrust.Protocols,
            AllowRenegotiation = false,

            // A resumed session keeps only the client's own certificate. The chain that links it to an authority is gone.
            AllowTlsResume = clients is null,
            ApplicationProtocols = options.ApplicationProtocols.Count > 0 ? [.. options.ApplicationProtocols] : null,
            ClientCertificateRequired = clients is not null,
            CertificateChainPolicy = clients,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
}
