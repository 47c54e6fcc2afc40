using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>The log as a plug-in's constructor gets it: plug-ins are made to learn their names, before the log is opened. Until then lines are lost.</summary>
internal sealed class PluginLogger : ILogger
{
    /// <summary>Where lines go.</summary>
    public ILogger Target { get; set; } = NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Target.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => Target.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Target.Log(logLevel, eventId, state, exception, formatter);
}
