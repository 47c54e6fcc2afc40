using System.Net.Security;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Tls;

namespace Sluice.Registries;

/// <summary>TLS towards a registry. The files are read at each connection, so that replaced ones serve the next.</summary>
internal static class RegistryTls
{
    /// <summary>Reads the files.</summary>
    /// <param name="host">What the certificate of the registry must be for.</param>
    /// <param name="caFile">PEM file with the authorities that are believed; null = those of the system.</param>
    /// <param name="certificateFile">PEM file with our own certificate; null = none is shown.</param>
    /// <param name="keyFile">PEM file with the key of <paramref name="certificateFile"/>; null = it is in the same file.</param>
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
