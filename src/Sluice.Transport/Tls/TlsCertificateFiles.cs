namespace Sluice.Transport.Tls;

/// <summary>The files of a certificate and its key, and the server names it is used for.</summary>
public sealed record TlsCertificateFiles
{
    /// <summary>PEM file: the certificate, then those that link it to a root.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>PEM file with the private key, not encrypted.</summary>
    public required string KeyFile { get; init; }

    /// <summary>Server names (SNI) that it is used for, <c>*.example.org</c> included; empty = the DNS names in the certificate.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>True for a DNS name, or one whose first label is a wildcard.</summary>
    public static bool IsServerName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string fixedPart = name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name;
        return fixedPart.Length is > 0 and <= 253
            && fixedPart.Split('.').All(
                label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
    }
}
