using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Logging;

/// <summary>Formats each entry once, on the thread that logs, and passes the line to the targets.</summary>
internal sealed class LineLogger(ILineFormatter formatter, LogLevel level, TimeProvider time, params ILineTarget[] targets) : ILogger
{
    /// <summary>A buffer for each thread that logs, so that no thread waits for another.</summary>
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _line;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= level && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatText)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        ArrayBufferWriter<byte> line = _line ??= new ArrayBufferWriter<byte>(TextLineFormatter.MaxLineBytes);
        line.ResetWrittenCount();
        formatter.Format(new LogEntry<TState>(logLevel, "", eventId, state, exception, formatText), time.GetUtcNow(), line);
        foreach (ILineTarget target in targets)
        {
            target.Add(line.WrittenSpan, logLevel >= LogLevel.Warning);
        }
    }
}
