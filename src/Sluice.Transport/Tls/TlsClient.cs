using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Transport.Tls;

/// <summary>Begins TLS as the client, and believes only certificates that verify. Shared by all loops.</summary>
public sealed class TlsClient
{
    private readonly X509ChainPolicy _trust;
    private readonly TlsCertificate? _shown;

    /// <summary>Reads the files.</summary>
    /// <param name="authoritiesFile">PEM file with the authorities that are believed; null = those of the system.</param>
    /// <param name="certificate">The certificate that is shown to who asks for one; null = none.</param>
    /// <exception cref="TlsFileException">One cannot be used.</exception>
    public TlsClient(string? authoritiesFile = null, TlsCertificateFiles? certificate = null)
    {
        _trust = authoritiesFile is null ? TlsTrust.System() : TlsTrust.Only(PemFiles.ReadCertificates(authoritiesFile));
        _shown = certificate is null ? null : TlsCertificate.Load(certificate);
    }

    /// <summary>Makes the handshake on the loop of a connection.</summary>
    /// <param name="inner">The connection below, paused; it is the result's from here on, and closed where there is none.</param>
    /// <param name="serverName">The name, or the address, that the other end's certificate must be for.</param>
    /// <param name="timeoutMs">Milliseconds until it is given up.</param>
    /// <param name="cancellation">Gives it up earlier.</param>
    public ValueTask<TlsConnectResult> ConnectAsync(Connection inner, string serverName, long timeoutMs, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return new TlsConnectAttempt(inner.Loop).Start(inner, stream => stream.AuthenticateAsClientAsync(Options(serverName)), timeoutMs, cancellation);
    }

    /// <summary>The settings for one server, for libraries that make their connections themselves.</summary>
    /// <param name="serverName">The name, or the address, that its certificate must be for.</param>
    public SslClientAuthenticationOptions Options(string serverName) => new()
    {
        TargetHost = serverName,
        EnabledSslProtocols = TlsTrust.Protocols,
        AllowRenegotiation = false,
        CertificateChainPolicy = _trust,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        ClientCertificateContext = _shown?.Context,
    };
}
