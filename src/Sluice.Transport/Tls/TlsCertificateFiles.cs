namespace Sluice.Transport.Tls;

/// <summary>Where a certificate and its key are kept, and for which server names it is used.</summary>
public sealed record TlsCertificateFiles
{
    /// <summary>PEM file: the certificate, and behind it those that link it to a root.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>PEM file with the private key, not encrypted.</summary>
    public required string KeyFile { get; init; }

    /// <summary>Server names (SNI) that it is used for, <c>*.example.org</c> included; empty = the DNS names in the certificate.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}
