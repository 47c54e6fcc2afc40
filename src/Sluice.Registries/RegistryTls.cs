using System.Net.Security;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Tls;

namespace Sluice.Registries;

/// <summary>TLS to a registry. The files are read for each connection, so that the next one uses replaced files.</summary>
internal static class RegistryTls
{
    /// <summary>Reads the files.</summary>
    /// <param name="host">The name in the certificate of the registry.</param>
    /// <param name="caFile">PEM file with the trusted authorities; null = those of the system.</param>
    /// <param name="certificateFile">PEM file with the client certificate; null = none.</param>
    /// <param name="keyFile">PEM file with the private key of <paramref name="certificateFile"/>; null = it is in the same file.</param>
    /// <exception cref="NodeSourceException">A file cannot be used.</exception>
    public static SslClientAuthenticationOptions Client(string host, string? caFile, string? certificateFile = null, string? keyFile = null)
    {
        TlsCertificateFiles? shown = certificateFile is null
            ? null
            : new TlsCertificateFiles { CertificateFile = certificateFile, KeyFile = keyFile ?? certificateFile };
        try
        {
            return new TlsClient(caFile, shown).Options(host);
        }
        catch (TlsFileException failure)
        {
            throw new NodeSourceException($"{failure.File} cannot be used: {failure.Problem}", failure);
        }
    }
}
