using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Logging;

/// <summary>
/// A log line as one JSON object: <c>@t</c> time, <c>@l</c> level, <c>@i</c> event id, <c>@m</c> message, <c>@x</c> exception, then the
/// values by name.
/// </summary>
/// <remarks>
/// An object that does not fit is written without its values, with as much of message and exception as fits, and with
/// <c>"truncated":true</c>: a line cut in the middle would not be JSON.
/// </remarks>
internal sealed class JsonLineFormatter : ILineFormatter
{
    private const string TemplateName = "{OriginalFormat}";

    // Relaxed: quotes and letters stay readable. No browser reads these lines as HTML.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <inheritdoc/>
    public void Format<TState>(in LogEntry<TState> entry, DateTimeOffset time, ArrayBufferWriter<byte> line)
    {
        var head = new Head(time, entry.LogLevel, entry.EventId.Id);
        string message = entry.Formatter(entry.State, entry.Exception);
        string? exception = entry.Exception?.ToString();
        Build(line, head, message, exception, entry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? []);
        for (int bytesOfEach = TextLineFormatter.MaxLineBytes; line.WrittenCount >= TextLineFormatter.MaxLineBytes; bytesOfEach /= 2)
        {
            line.ResetWrittenCount();
            Build(line, head, Bounded(message, bytesOfEach), exception is null ? null : Bounded(exception, bytesOfEach), values: null);
        }

        line.Write("\n"u8);
    }

    private static string Bounded(string text, int maxBytes)
    {
        var bounded = new ArrayBufferWriter<byte>();
        BoundedText.Append(bounded, text, maxBytes);
        return Encoding.UTF8.GetString(bounded.WrittenSpan);
    }

    private static void Build(
        ArrayBufferWriter<byte> line, Head head, string message, string? exception, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        Utf8JsonWriter json = _json ??= new Utf8JsonWriter(line, Options);
        json.Reset(line);
        json.WriteStartObject();
        WriteHead(json, head);
        json.WriteString("@m"u8, message);
        if (exception is not null)
        {
            json.WriteString("@x"u8, exception);
        }

        if (values is null)
        {
            json.WriteBoolean("truncated"u8, true);
        }
        else
        {
            WriteValues(json, values);
        }

        json.WriteEndObject();
        json.Flush();
    }

    private static void WriteHead(Utf8JsonWriter json, Head head)
    {
        Span<byte> time = stackalloc byte[32];
        head.Time.UtcDateTime.TryFormat(time, out int length, "O", CultureInfo.InvariantCulture);
        json.WriteString("@t"u8, time[..length]);
        json.WriteString("@l"u8, Word(head.Level));
        if (head.Id != 0)
        {
            json.WriteNumber("@i"u8, head.Id);
        }
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            (string name, object? value) = values[i];
            if (name is not TemplateName)
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    // The short words that the text format has too.
    private static ReadOnlySpan<byte> Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "Verbose"u8,
        LogLevel.Debug => "Debug"u8,
        LogLevel.Information => "Information"u8,
        LogLevel.Warning => "Warning"u8,
        LogLevel.Error => "Error"u8,
        _ => "Fatal"u8,
    };

    private readonly record struct Head(DateTimeOffset Time, LogLevel Level, int Id);
}
