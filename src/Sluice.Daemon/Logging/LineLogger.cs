using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Logging;

/// <summary>Makes a line of what is logged, once, on the thread that logs, and hands it to the targets.</summary>
internal sealed class LineLogger(ILineFormatter formatter, LogLevel level, TimeProvider time, params ILineTarget[] targets) : ILogger
{
    /// <summary>Of each thread that logs: no line waits for another one to be formatted.</summary>
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
