using Microsoft.Extensions.Logging;

namespace Sluice.Testing.Loops;

/// <summary>Keeps every log line.</summary>
internal sealed class ListLogger : Observed, ILogger
{
    private readonly List<LogLine> _lines = [];

    public IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (Gate)
            {
                return [.. _lines];
            }
        }
    }

    public int Count(int id) => Lines.Count(line => line.Id == id);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = new LogLine(logLevel, eventId.Id, formatter(state, exception), exception);
        Change(() => _lines.Add(line));
    }

    public override string ToString() => string.Join('\n', Lines);
}

internal sealed record LogLine(LogLevel Level, int Id, string Text, Exception? Fault);
