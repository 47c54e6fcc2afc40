using Microsoft.Extensions.Logging;
using Sluice.Transport.Files;

namespace Sluice.Transport.Tls;

/// <summary>
/// Watches the files of a <see cref="TlsServer"/> or <see cref="TlsClient"/>, and has them read again. Files that cannot be used are
/// reported once and the old ones stay in use.
/// </summary>
public sealed class TlsWatch : IDisposable
{
    private readonly ITlsFiles _read;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SettledWatch<string> _watch;

    /// <summary>Watches the files of a listener.</summary>
    public TlsWatch(TlsServer server, TimeProvider time, ILogger logger)
        : this((ITlsFiles)server, time, logger)
    {
    }

    /// <summary>Watches the files that connections to others are made with.</summary>
    public TlsWatch(TlsClient client, TimeProvider time, ILogger logger)
        : this((ITlsFiles)client, time, logger)
    {
    }

    private TlsWatch(ITlsFiles read, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(time);
        _read = read;
        _time = time;
        _logger = logger;
        TellDoubts();
        _watch = new SettledWatch<string>(read.FilesWhenRead, () => FileStamps.Of(read.Files), string.Equals, _ => ReadAgain(), time);
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _watch.Dispose();

    private void ReadAgain()
    {
        try
        {
            _read.Reload();
            TlsLog.Renewed(_logger, string.Join(", ", _read.Files));
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
            TlsLog.NotRenewed(_logger, string.Join(", ", _read.Files), failure.Message);
        }
    }

    private void TellDoubts()
    {
        foreach ((string file, string problem) in _read.Doubts(_time.GetUtcNow()))
        {
            TlsLog.Doubt(_logger, file, problem);
        }
    }
}
