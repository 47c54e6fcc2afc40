using Microsoft.Extensions.Logging;
using Sluice.Transport.Files;

namespace Sluice.Transport.Tls;

/// <summary>Watches the files of a <see cref="TlsServer"/>, and has them read again. A pair that does not fit is told once and the old one stays in use.</summary>
public sealed class TlsWatch : IDisposable
{
    private readonly TlsServer _server;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SettledWatch<string> _watch;

    /// <summary>Begins to watch.</summary>
    public TlsWatch(TlsServer server, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(time);
        _server = server;
        _time = time;
        _logger = logger;
        TellDoubts();
        _watch = new SettledWatch<string>(server.FilesWhenRead, () => FileStamps.Of(server.Files), string.Equals, _ => ReadAgain(), time);
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _watch.Dispose();

    private void ReadAgain()
    {
        try
        {
            _server.Reload();
            TlsLog.Renewed(_logger, string.Join(", ", _server.Files));
            TellDoubts();
        }
        catch (TlsFileException failure)
        {
            TlsLog.NotRenewed(_logger, failure.File, failure.Problem);
        }
#pragma warning disable CA1031 // A timer's fault would end the process; the certificates in use are still good.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            TlsLog.NotRenewed(_logger, string.Join(", ", _server.Files), failure.Message);
        }
    }

    private void TellDoubts()
    {
        foreach ((string file, string problem) in _server.Certificates.SelectMany(certificate => certificate.Doubts(_time.GetUtcNow())))
        {
            TlsLog.Doubt(_logger, file, problem);
        }
    }
}
