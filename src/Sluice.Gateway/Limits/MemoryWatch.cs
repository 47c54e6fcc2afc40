using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Sluice.Gateway.Limits;

/// <summary>Checks once a second, beside the loops, whether the process has more memory than allowed.</summary>
/// <remarks>
/// The resident set counts: it is what the system and its OOM killer see, and includes memory that the garbage collector does not know of.
/// The collector returns memory late, so a collection is forced when the limit is passed, and again each minute while it does not help.
/// </remarks>
internal sealed class MemoryWatch : IDisposable
{
    private const int CollectEverySeconds = 60;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly long _maxBytes;
    private readonly Func<long> _measure;
    private readonly Action _collect;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile bool _isShort;
    private int _looksAbove;

    /// <summary>Begins to look.</summary>
    /// <param name="maxBytes">Above it <see cref="IsShort"/> is true.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told when the bound is passed, either way.</param>
    /// <param name="measure">Bytes of the process; the resident set by default.</param>
    /// <param name="collect">Gives back what is not used.</param>
    public MemoryWatch(long maxBytes, TimeProvider time, ILogger logger, Func<long>? measure = null, Action? collect = null)
    {
        _maxBytes = maxBytes;
        _logger = logger;
        _measure = measure ?? (static () => Environment.WorkingSet);
        _collect = collect ?? (static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true));
        _timer = time.CreateTimer(static self => ((MemoryWatch)self!).Look(), this, Period, Period);
        Look();
    }

    /// <summary>True while no session should begin.</summary>
    public bool IsShort => _isShort;

    /// <summary>The same as a sentence for the operator; null while there is enough.</summary>
    public string? Problem => _isShort
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"the process has more memory than [limits] max_memory_bytes = {_maxBytes}: new clients are rejected")
        : null;

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long bytes = _measure();
        bool above = bytes > _maxBytes;
        if (above != _isShort)
        {
            _isShort = above;
            _looksAbove = 0;
            if (above)
            {
                MemoryLog.MemoryShort(_logger, bytes, _maxBytes);
            }
            else
            {
                MemoryLog.MemoryEnough(_logger, bytes, _maxBytes);
            }
        }

        if (above && _looksAbove++ % CollectEverySeconds == 0)
        {
            _collect();
        }
    }
}
