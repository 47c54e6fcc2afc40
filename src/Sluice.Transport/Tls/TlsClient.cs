using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Transport.Tls;

/// <summary>Begins TLS as the client, and accepts only certificates that verify. Shared by all loops.</summary>
public sealed class TlsClient : ITlsFiles
{
    private readonly string? _authoritiesFile;
    private readonly TlsCertificateFiles? _certificate;
    private volatile Read _read;

    /// <summary>Reads the files.</summary>
    /// <param name="authoritiesFile">PEM file with the trusted authorities; null = those of the system.</param>
    /// <param name="certificate">The certificate for servers that ask for one; null = none.</param>
    /// <exception cref="TlsFileException">One cannot be used.</exception>
    public TlsClient(string? authoritiesFile = null, TlsCertificateFiles? certificate = null)
    {
        _authoritiesFile = authoritiesFile;
        _certificate = certificate;
        FilesWhenRead = FileStamps.Of(Files);
        _read = ReadFiles();
    }

    /// <summary>Every file that it reads.</summary>
    public IReadOnlyList<string> Files =>
    [
        .. _authoritiesFile is { } authorities ? new[] { authorities } : [],
        .. _certificate is { } shown ? new[] { shown.CertificateFile, shown.KeyFile } : [],
    ];

    /// <summary>Reads every file again; the next handshakes use what is there now. Callable from any thread.</summary>
    /// <exception cref="TlsFileException">One cannot be used; everything stays as it was.</exception>
    public void Reload() => _read = ReadFiles();

    /// <inheritdoc/>
    string ITlsFiles.FilesWhenRead => FilesWhenRead;

    /// <inheritdoc/>
    IEnumerable<(string File, string Problem)> ITlsFiles.Doubts(DateTimeOffset now) => _read.Shown?.Doubts(now) ?? [];

    /// <summary>The state of the files before they were read first.</summary>
    private string FilesWhenRead { get; }

    /// <summary>Makes the handshake on the loop of a connection.</summary>
    /// <param name="inner">The connection below, paused; owned by the result from here on, and closed if there is none.</param>
    /// <param name="serverName">The name, or the address, that the other end's certificate must be for.</param>
    /// <param name="timeoutMs">Milliseconds until the attempt times out.</param>
    /// <param name="cancellation">Gives it up earlier.</param>
    public ValueTask<TlsConnectResult> ConnectAsync(
        Connection inner, string serverName, long timeoutMs, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return new TlsConnectAttempt(inner.Loop).Start(
            inner, stream => stream.AuthenticateAsClientAsync(Options(serverName)), timeoutMs, cancellation);
    }

    /// <summary>The settings for one server, for libraries that make their connections themselves.</summary>
    /// <param name="serverName">The name, or the address, that its certificate must be for.</param>
    public SslClientAuthenticationOptions Options(string serverName)
    {
        Read read = _read;
        return new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            EnabledSslProtocols = TlsTrust.Protocols,
            AllowRenegotiation = false,
            CertificateChainPolicy = read.Trust,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ClientCertificateContext = read.Shown?.Context,
        };
    }

    private Read ReadFiles() => new(
        _authoritiesFile is null ? TlsTrust.System() : TlsTrust.Only(PemFiles.ReadCertificates(_authoritiesFile)),
        _certificate is null ? null : TlsCertificate.Load(_certificate));

    /// <summary>What the files hold.</summary>
    private sealed record Read(X509ChainPolicy Trust, TlsCertificate? Shown);
}
