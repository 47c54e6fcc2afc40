using Microsoft.Extensions.Logging;

namespace Sluice.Daemon.Logging;

/// <summary>
/// Reports how many lines a full queue dropped. A loop never waits for a disk or a terminal, so under a flood lines are lost, and the log
/// must show that. Not thread-safe.
/// </summary>
internal sealed class LostLines
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly LineBatch _notice = new();
    private readonly LineLogger _logger;
    private long _told;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;

    /// <summary>Begins without a lost line.</summary>
    public LostLines(ILineFormatter formatter, TimeProvider time)
    {
        _time = time;
        _logger = new LineLogger(formatter, LogLevel.Trace, time, _notice);
    }

    /// <summary>Writes how many lines were lost since the last report, at most once a second except at the end.</summary>
    public void Tell(long lost, bool last, IBatchSink sink)
    {
        if (lost == _told || (!last && _time.GetUtcNow() < _notBefore))
        {
            return;
        }

        _notBefore = _time.GetUtcNow() + Pause;
        _notice.Clear();
        DaemonLog.LinesLost(_logger, lost - _told);
        sink.Write(_notice);
        _told = lost;
    }
}
