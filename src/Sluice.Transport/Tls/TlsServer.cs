using System.Net.Security;

namespace Sluice.Transport.Tls;

/// <summary>The certificates and settings with which listeners speak TLS. Shared by all loops.</summary>
public sealed class TlsServer : ITlsFiles
{
    /// <summary>Clients can cause a rejection at will: milliseconds between two warnings, with Debug in between.</summary>
    private const long WarnAgainMs = 10_000;

    private readonly TlsServerOptions _options;
    private long _warnFrom = long.MinValue;
    private volatile TlsCertificateSet _set;

    /// <summary>Reads every file.</summary>
    /// <exception cref="TlsFileException">One cannot be used.</exception>
    public TlsServer(TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.Certificates.Count, nameof(options));
        _options = options;
        FilesWhenRead = FileStamps.Of(Files);
        _set = TlsCertificateSet.Load(options);
    }

    /// <summary>The certificates that new connections get.</summary>
    public IReadOnlyList<TlsCertificate> Certificates => _set.Certificates;

    /// <summary>Every file that it reads.</summary>
    public IReadOnlyList<string> Files =>
    [
        .. _options.Certificates.SelectMany(files => new[] { files.CertificateFile, files.KeyFile }),
        .. _options.ClientCaFile is { } authorities ? new[] { authorities } : [],
    ];

    /// <summary>
    /// Reads every file again; new connections get what is there now, and live ones stay as they are. Callable from any thread.
    /// </summary>
    /// <exception cref="TlsFileException">One cannot be used; everything stays as it was.</exception>
    public void Reload() => _set = TlsCertificateSet.Load(_options);

    /// <inheritdoc/>
    string ITlsFiles.FilesWhenRead => FilesWhenRead;

    /// <inheritdoc/>
    IEnumerable<(string File, string Problem)> ITlsFiles.Doubts(DateTimeOffset now) =>
        Certificates.SelectMany(certificate => certificate.Doubts(now));

    /// <summary>The state of the files before they were read first.</summary>
    internal string FilesWhenRead { get; }

    /// <summary>Whether clients must show a certificate.</summary>
    internal bool AsksForCertificates => _options.ClientCaFile is not null;

    /// <summary>Returns true if the last warning about a rejected client certificate is long enough ago.</summary>
    /// <param name="now">A loop's time.</param>
    internal bool MayWarn(long now)
    {
        long from = Interlocked.Read(ref _warnFrom);
        return now >= from && Interlocked.CompareExchange(ref _warnFrom, now + WarnAgainMs, from) == from;
    }

    internal Task AuthenticateAsync(SslStream stream) => stream.AuthenticateAsServerAsync(
        static (_, hello, self, _) => new ValueTask<SslServerAuthenticationOptions>(((TlsServer)self!)._set.Select(hello.ServerName)),
        this);
}
