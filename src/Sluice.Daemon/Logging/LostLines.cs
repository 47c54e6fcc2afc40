using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;
using Serilog.Sinks.Async;

namespace Sluice.Daemon.Logging;

/// <summary>
/// Stands in front of the sinks of one queue and says how many lines were dropped because the queue was full: a loop never waits
/// for a disk or a terminal, so under a flood lines are lost, and that must show.
/// </summary>
internal sealed class LostLines(ILogEventSink next, TimeProvider time) : ILogEventSink, IAsyncLogEventSinkMonitor, IDisposable
{
    private static readonly MessageTemplate Template = new MessageTemplateParser().Parse("{Count} log lines were lost: they came faster than they could be written");

    private IAsyncLogEventSinkInspector? _queue;
    private long _told;
    private DateTimeOffset _notBefore;

    /// <inheritdoc/>
    public void StartMonitoring(IAsyncLogEventSinkInspector inspector) => _queue = inspector;

    /// <inheritdoc/>
    public void StopMonitoring(IAsyncLogEventSinkInspector inspector)
    {
    }

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        long lost = _queue?.DroppedMessagesCount ?? 0;
        if (lost > _told && time.GetUtcNow() >= _notBefore)
        {
            _notBefore = time.GetUtcNow() + TimeSpan.FromSeconds(1);
            next.Emit(new LogEvent(
                time.GetUtcNow(), LogEventLevel.Warning, null, Template, [new LogEventProperty("Count", new ScalarValue(lost - _told))]));
            _told = lost;
        }

        next.Emit(logEvent);
    }

    /// <inheritdoc/>
    public void Dispose() => (next as IDisposable)?.Dispose();
}
