using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sluice.Transport.Files;

namespace Sluice.Transport.Tls;

/// <summary>Reads certificates and keys from PEM files; every way in which that fails is a <see cref="TlsFileException"/>.</summary>
internal static class PemFiles
{
    /// <summary>Far above any chain; a larger file was named by mistake.</summary>
    private const int MaxBytes = 1024 * 1024;

    private const string BeginsCertificate = "-----BEGIN CERTIFICATE-----";

    /// <summary>Reads a chain: the certificate first, then those that link it to a root.</summary>
    public static X509Certificate2Collection ReadCertificates(string file)
    {
        const string CannotBeRead = "a certificate in it cannot be read; write a whole PEM file";
        var certificates = new X509Certificate2Collection();
        string text = ReadText(file);
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException failure)
        {
            throw new TlsFileException(file, CannotBeRead, failure);
        }

        if (certificates.Count < text.AsSpan().Count(BeginsCertificate))
        {
            // One that is cut off, or spoilt at its end, is passed over without a word.
            throw new TlsFileException(file, CannotBeRead);
        }

        return certificates.Count > 0
            ? certificates
            : throw new TlsFileException(file, "there is no certificate in it; write PEM, \"-----BEGIN CERTIFICATE-----\"");
    }

    /// <summary>Reads a key and joins it with its certificate.</summary>
    public static X509Certificate2 ReadWithKey(X509Certificate2 certificate, string file)
    {
        string text = ReadText(file);
        if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new TlsFileException(file, "the key is encrypted; write it without a passphrase and protect the file by its permissions");
        }

        if (!text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new TlsFileException(file, "there is no private key in it; write PEM, \"-----BEGIN PRIVATE KEY-----\"");
        }

        try
        {
            var joined = X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), text);

            // Windows serves no key that only lives in memory.
            return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(joined.Export(X509ContentType.Pkcs12), null) : joined;
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new TlsFileException(
                file,
                KindThatCannotBeUsed(certificate) is { } kind
                    ? $"the certificate is for a key of the kind {kind}, which .NET's TLS cannot use; "
                        + "take one for an ECDSA (P-256, P-384) or RSA key"
                    : "the key does not match the certificate, or cannot be read; write the key that the certificate was made for",
                failure);
        }
    }

    /// <summary>The kind of key that a certificate is for, if it is neither ECDSA nor RSA; else null.</summary>
    private static string? KindThatCannotBeUsed(X509Certificate2 certificate) => certificate.PublicKey.Oid.Value switch
    {
        "1.2.840.10045.2.1" or "1.2.840.113549.1.1.1" => null,
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        { } other => certificate.PublicKey.Oid.FriendlyName ?? other,
        null => null,
    };

    private static string ReadText(string file)
    {
        BoundedFile read = BoundedFile.Read(file, MaxBytes);
        if (read.Problem != BoundedFileProblem.None)
        {
            throw new TlsFileException(
                file,
                read.Problem switch
                {
                    BoundedFileProblem.Missing => "there is no such file; create it, or name another",
                    BoundedFileProblem.TooLarge => $"the file is larger than {MaxBytes} bytes; name a PEM file",
                    _ => $"the file cannot be read ({read.Reason}); check its permissions",
                },
                read.Failure);
        }

        using var text = new StreamReader(new MemoryStream(read.Bytes));
        return text.ReadToEnd();
    }
}
