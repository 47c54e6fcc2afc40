using Microsoft.Extensions.Logging;

namespace Sluice.Daemon.Demo;

/// <summary>Shows what the gateway logs among the other events.</summary>
internal sealed class ScreenLogger(DemoScreen screen) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            screen.Show("", "gateway", formatter(state, exception));
        }
    }
}
