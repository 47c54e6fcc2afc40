using System.Globalization;
using System.Text;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace Sluice.Daemon.Logging;

/// <summary>A log line as one JSON object: <c>@t</c> time, <c>@l</c> level, <c>@i</c> event id, <c>@m</c> message, <c>@x</c> exception, then the values by name.</summary>
/// <remarks>
/// An object that would be longer than a line may be is written without its values, with as much of message and exception as fits, and
/// with <c>"truncated":true</c>: a line that is cut in the middle would be no JSON.
/// </remarks>
internal sealed class JsonLineFormatter : ITextFormatter
{
    private const string EventIdProperty = "EventId";
    private const string SourceProperty = "SourceContext";

    private readonly JsonValueFormatter _values = new(typeTagName: null);

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        string message = MessageText.Render(logEvent);
        string? exception = logEvent.Exception?.ToString();
        string line = Build(logEvent, message, exception, truncated: false);
        for (int bytesOfEach = TextLineFormatter.MaxLineBytes; !Fits(line); bytesOfEach /= 2)
        {
            line = Build(logEvent, Bounded(message, bytesOfEach), exception is null ? null : Bounded(exception, bytesOfEach), truncated: true);
        }

        output.Write(line);
        output.Write('\n');
    }

    private static bool Fits(string line) => Encoding.UTF8.GetByteCount(line) < TextLineFormatter.MaxLineBytes;

    private static string Bounded(string text, int maxBytes)
    {
        var bounded = new StringBuilder();
        BoundedText.Append(bounded, text, maxBytes);
        return bounded.ToString();
    }

    private string Build(LogEvent logEvent, string message, string? exception, bool truncated)
    {
        var json = new StringWriter(CultureInfo.InvariantCulture);
        json.Write("{\"@t\":\"");
        json.Write(logEvent.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.Write("\",\"@l\":\"");
        json.Write(logEvent.Level);
        json.Write('"');
        if (logEvent.Properties.GetValueOrDefault(EventIdProperty) is StructureValue eventId
            && eventId.Properties.FirstOrDefault(part => part.Name is "Id") is { } id)
        {
            json.Write(",\"@i\":");
            _values.Format(id.Value, json);
        }

        json.Write(",\"@m\":");
        JsonValueFormatter.WriteQuotedJsonString(message, json);
        if (exception is not null)
        {
            json.Write(",\"@x\":");
            JsonValueFormatter.WriteQuotedJsonString(exception, json);
        }

        if (truncated)
        {
            json.Write(",\"truncated\":true");
        }
        else
        {
            WriteProperties(logEvent, json);
        }

        json.Write('}');
        return json.ToString();
    }

    private void WriteProperties(LogEvent logEvent, StringWriter json)
    {
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties)
        {
            if (name is not (EventIdProperty or SourceProperty))
            {
                json.Write(',');
                JsonValueFormatter.WriteQuotedJsonString(name, json);
                json.Write(':');
                _values.Format(value, json);
            }
        }
    }
}
