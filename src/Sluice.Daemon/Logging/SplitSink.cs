using Serilog.Core;
using Serilog.Events;

namespace Sluice.Daemon.Logging;

/// <summary>Sends warnings and errors to one sink, everything below to another.</summary>
internal sealed class SplitSink(ILogEventSink? below, ILogEventSink? warnings) : ILogEventSink, IDisposable
{
    /// <inheritdoc/>
    public void Emit(LogEvent logEvent) => (logEvent.Level >= LogEventLevel.Warning ? warnings : below)?.Emit(logEvent);

    /// <inheritdoc/>
    public void Dispose()
    {
        (below as IDisposable)?.Dispose();
        if (!ReferenceEquals(below, warnings))
        {
            (warnings as IDisposable)?.Dispose();
        }
    }
}
