namespace Sluice.Daemon.Logging;

/// <summary>
/// Writes lines to a <see cref="RotatingFile"/>. A file that cannot be written is reported once and tried again later; it never stops the
/// gateway.
/// </summary>
internal sealed class FileSink : IBatchSink
{
    /// <summary>Pause between attempts to write to a file that could not be written.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly RotatingFile _file;
    private readonly TimeProvider _time;
    private readonly Action<string> _cannotWrite;
    private readonly LineBatch _notice = new();
    private readonly LineLogger _logger;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;
    private bool _isFailing;
    private string _problem = "";
    private long _lost;
    private long _missing;

    /// <summary>Opens the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="formatter">Formats the line that reports how many are missing.</param>
    /// <param name="time">The clock of the pauses.</param>
    /// <param name="cannotWrite">Called with the reason, once for each failure that lasts.</param>
    public FileSink(RotatingFile file, ILineFormatter formatter, TimeProvider time, Action<string> cannotWrite)
    {
        _file = file;
        _time = time;
        _cannotWrite = cannotWrite;
        _logger = new LineLogger(formatter, Microsoft.Extensions.Logging.LogLevel.Trace, time, _notice);
        Try(file.Open, lines: 0);
    }

    /// <summary>Lines that could not be written so far. Any thread.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <inheritdoc/>
    public void Write(LineBatch batch)
    {
        if (_isFailing && _time.GetUtcNow() < _notBefore)
        {
            Lose(batch.Count);
        }
        else if (SayWhatIsMissing())
        {
            Try(() => _file.Write(batch), batch.Count);
        }
        else
        {
            Lose(batch.Count);
        }
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        _file.Close();
        if (Try(_file.Open, lines: 0))
        {
            SayWhatIsMissing();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Try(_file.Dispose, lines: 0);

    /// <summary>Writes into the file how many lines are missing there. Returns false if it still cannot be written.</summary>
    private bool SayWhatIsMissing()
    {
        if (_missing == 0)
        {
            return true;
        }

        _notice.Clear();
        DaemonLog.FileLinesLost(_logger, _missing, _problem);
        bool said = Try(() => _file.Write(_notice), lines: 0);
        if (said)
        {
            _missing = 0;
        }

        return said;
    }

    private bool Try(Action work, int lines)
    {
        try
        {
            work();
            _isFailing = false;
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            if (!_isFailing)
            {
                _cannotWrite(failure.Message);
            }

            Lose(lines - ((failure as LogWriteException)?.Written ?? 0));
            _isFailing = true;
            _problem = failure.Message;
            _notBefore = _time.GetUtcNow() + Pause;
            return false;
        }
    }

    private void Lose(int lines)
    {
        if (lines > 0)
        {
            _missing += lines;
            Interlocked.Add(ref _lost, lines);
        }
    }
}
