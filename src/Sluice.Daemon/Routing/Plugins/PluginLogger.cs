using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>
/// The log for a plug-in's constructor. Plug-ins are created before the log is opened, because only then their names are known. Lines
/// before that are lost.
/// </summary>
internal sealed class PluginLogger : ILogger
{
    /// <summary>The log, once it is open.</summary>
    public ILogger Target { get; set; } = NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Target.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => Target.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Target.Log(logLevel, eventId, state, exception, formatter);
}
