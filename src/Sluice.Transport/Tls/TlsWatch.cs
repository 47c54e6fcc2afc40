using Microsoft.Extensions.Logging;

namespace Sluice.Transport.Tls;

/// <summary>Looks every second whether the files of a <see cref="TlsServer"/> have changed, and has them read again.</summary>
/// <remarks>
/// Polling sees what notifications miss: network file systems, and directories that a container platform swaps by a link. Files are read
/// once they have been the same for two looks, so that a pair that is being replaced is not read by halves; a pair that does not fit is
/// told once and the old one stays in use.
/// </remarks>
public sealed class TlsWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TlsServer _server;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _looking = new();
    private readonly ITimer _timer;
    private string _read;
    private string _seen;

    /// <summary>Begins to watch.</summary>
    public TlsWatch(TlsServer server, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(time);
        _server = server;
        _time = time;
        _logger = logger;
        _read = _seen = server.FilesWhenRead;
        TellDoubts();
        _timer = time.CreateTimer(static self => ((TlsWatch)self!).Look(), this, Interval, Interval);
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // A look that takes longer than the interval is not joined by another.
        if (!_looking.TryEnter())
        {
            return;
        }

        try
        {
            string now = FileStamps.Of(_server.Files);
            bool settled = string.Equals(now, _seen, StringComparison.Ordinal);
            _seen = now;
            if (settled && !string.Equals(now, _read, StringComparison.Ordinal))
            {
                _read = now;
                ReadAgain();
            }
        }
        finally
        {
            _looking.Exit();
        }
    }

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
