using System.Net.Security;

namespace Sluice.Transport.Tls;

/// <summary>How a listener speaks TLS.</summary>
public sealed record TlsServerOptions
{
    /// <summary>At least one; the first serves clients that name no server, or an unknown one.</summary>
    public required IReadOnlyList<TlsCertificateFiles> Certificates { get; init; }

    /// <summary>PEM file with the authorities whose certificates clients must show; null = clients show none.</summary>
    public string? ClientCaFile { get; init; }

    /// <summary>Offered by ALPN; empty = ALPN is not answered.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];
}
