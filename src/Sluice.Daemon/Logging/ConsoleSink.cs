using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Sluice.Daemon.Logging;

/// <summary>Writes log events to standard error; standard output belongs to the <c>ready</c> line.</summary>
internal sealed class ConsoleSink(ITextFormatter formatter, TextWriter error) : ILogEventSink
{
    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        try
        {
            formatter.Format(logEvent, error);
            error.Flush();
        }
        catch (IOException)
        {
            // The terminal is gone; the files go on.
        }
    }
}
