using Microsoft.Extensions.Logging;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace Sluice.Daemon.Tests.Logging;

/// <summary>Log events and how a formatter writes them.</summary>
internal static partial class Events
{
    public static readonly DateTimeOffset Time = new(2026, 11, 22, 17, 54, 0, 123, TimeSpan.FromHours(1));

    public static LogEvent Create(
        string template, LogEventLevel level = LogEventLevel.Information, Exception? exception = null, params (string Name, object? Value)[] values) =>
        new(Time, level, exception, new MessageTemplateParser().Parse(template), values.Select(pair => new LogEventProperty(pair.Name, new ScalarValue(pair.Value))));

    public static string Write(ITextFormatter formatter, LogEvent logEvent)
    {
        var text = new StringWriter();
        formatter.Format(logEvent, text);
        return text.ToString();
    }

    public static Exception Thrown(string message)
    {
        try
        {
            throw new InvalidOperationException(message);
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }

    [LoggerMessage(7, LogLevel.Information, "Session {Id} key=\"{Key}\" ended: {Reason}")]
    public static partial void Ended(ILogger logger, int id, string key, string reason);

    [LoggerMessage(8, LogLevel.Warning, "Careful with {What}")]
    public static partial void Careful(ILogger logger, string what);

    [LoggerMessage(9, LogLevel.Debug, "Detail {Number}")]
    public static partial void Detail(ILogger logger, int number);
}
