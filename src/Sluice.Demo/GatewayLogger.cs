using Microsoft.Extensions.Logging;

namespace Sluice.Demo;

/// <summary>Shows what a gateway logs about the end of each session, and its warnings.</summary>
/// <param name="name">The gateway's name.</param>
/// <param name="screen">Gets the lines.</param>
/// <param name="rows">The rows, to find the one of a session by its backend.</param>
/// <param name="ends">Counts the sessions.</param>
internal sealed class GatewayLogger(string name, DemoScreen screen, IReadOnlyList<IDemoRow> rows, SessionEnds ends) : ILogger
{
    private const string SessionEnded = "SessionEnded";

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (string.Equals(eventId.Name, SessionEnded, StringComparison.Ordinal)
            && state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            ends.Add(TextOf("Reason"));
            string backend = TextOf("Backend");
            IDemoRow? row = rows.FirstOrDefault(row => string.Equals(row.Backend.ToString(), backend, StringComparison.Ordinal));
            screen.Show(row?.Name ?? "", name, formatter(state, exception));

            string TextOf(string key) =>
                values.FirstOrDefault(value => string.Equals(value.Key, key, StringComparison.Ordinal)).Value?.ToString() ?? "";
        }
        else if (logLevel >= LogLevel.Warning)
        {
            screen.Show("", name, formatter(state, exception));
        }
    }
}
