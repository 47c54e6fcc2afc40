using Microsoft.Extensions.Logging;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Telemetry;

/// <summary>
/// Notices a loop that has stopped turning, for example in a callback that never returns. Its clients hang, and nothing else shows it.
/// </summary>
/// <remarks>
/// Each second it posts a beat to each loop whose last one was answered. It counts its own looks, not the time between them: a process that
/// was suspended as a whole has no stuck loop.
/// </remarks>
internal sealed class LoopWatch : IDisposable
{
    /// <summary>Looks in a row without an answer after which a loop is stuck. A turn takes microseconds.</summary>
    public const int StuckLooks = 5;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Watched[] _loops;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile IReadOnlyList<string> _stuck = [];

    /// <summary>Begins to watch.</summary>
    /// <param name="loops">Started loops.</param>
    /// <param name="logger">Told of a loop that is stuck, and when it turns again.</param>
    /// <param name="time">The clock of the looks. The loops' own may be one of a test, while a thread is stuck in real time.</param>
    public LoopWatch(IEnumerable<EventLoop> loops, ILogger logger, TimeProvider? time = null)
    {
        _loops = [.. loops.Select(loop => new Watched(loop))];
        _logger = logger;
        _timer = (time ?? TimeProvider.System).CreateTimer(static self => ((LoopWatch)self!).Look(), this, Period, Period);
    }

    /// <summary>Names of the loops that are stuck now. Any thread may ask.</summary>
    public IReadOnlyList<string> Stuck => _stuck;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_lock)
        {
            foreach (Watched loop in _loops)
            {
                Look(loop);
            }

            _stuck = [.. _loops.Where(loop => loop.Missed >= StuckLooks).Select(loop => loop.Loop.Name)];
        }
    }

    private void Look(Watched loop)
    {
        if (!loop.HasAnswered)
        {
            if (++loop.Missed == StuckLooks)
            {
                LoopWatchLog.LoopStuck(_logger, loop.Loop.Name, StuckLooks * Period.TotalSeconds);
            }

            return;
        }

        if (loop.Missed >= StuckLooks)
        {
            LoopWatchLog.LoopTurnsAgain(_logger, loop.Loop.Name, loop.Missed * Period.TotalSeconds);
        }

        loop.Missed = 0;
        loop.Ask();
    }

    private sealed class Watched(EventLoop loop)
    {
        private static readonly SendOrPostCallback Answer = static self => ((Watched)self!)._hasAnswered = true;

        private volatile bool _hasAnswered = true;

        public EventLoop Loop => loop;

        public bool HasAnswered => _hasAnswered;

        /// <summary>Looks since the last answer.</summary>
        public int Missed { get; set; }

        public void Ask()
        {
            _hasAnswered = false;
            loop.Post(Answer, this);
        }
    }
}
