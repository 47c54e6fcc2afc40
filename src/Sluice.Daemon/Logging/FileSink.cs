namespace Sluice.Daemon.Logging;

/// <summary>Writes lines to a <see cref="RotatingFile"/>. A file that cannot be written is told once and tried again later; it never stops the gateway.</summary>
internal sealed class FileSink : IBatchSink
{
    /// <summary>Between attempts to write to a file that could not be written.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly RotatingFile _file;
    private readonly TimeProvider _time;
    private readonly Action<string> _cannotWrite;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;
    private bool _failing;

    /// <summary>Opens the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="time">The clock of the pauses.</param>
    /// <param name="cannotWrite">Told, once per failure that lasts, why lines are lost.</param>
    public FileSink(RotatingFile file, TimeProvider time, Action<string> cannotWrite)
    {
        _file = file;
        _time = time;
        _cannotWrite = cannotWrite;
        Try(file.Open);
    }

    /// <inheritdoc/>
    public void Write(LineBatch batch)
    {
        if (!_failing || _time.GetUtcNow() >= _notBefore)
        {
            Try(() => _file.Write(batch));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Try(_file.Dispose);

    private void Try(Action work)
    {
        try
        {
            work();
            _failing = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            if (!_failing)
            {
                _cannotWrite(failure.Message);
            }

            _failing = true;
            _notBefore = _time.GetUtcNow() + Pause;
        }
    }
}
