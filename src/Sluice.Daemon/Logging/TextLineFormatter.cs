using System.Globalization;
using System.Text;
using Serilog.Events;
using Serilog.Formatting;

namespace Sluice.Daemon.Logging;

/// <summary>A log line for people: time in UTC, level, message. An exception follows on lines of its own.</summary>
/// <remarks>No line is longer than <see cref="MaxLineBytes"/>; a message that contains line breaks stays on one line.</remarks>
internal sealed class TextLineFormatter : ITextFormatter
{
    /// <summary>Longest line in bytes of UTF-8, its end included.</summary>
    public const int MaxLineBytes = 2048;

    /// <summary>Lines of an exception; a deep recursion has thousands.</summary>
    private const int MaxExceptionLines = 100;

    private const string Indent = "    ";

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        var line = new StringBuilder(256);
        line.Append(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append(' ').Append(Word(logEvent.Level)).Append(' ');
        BoundedText.Append(line, MessageText.Render(logEvent), MaxLineBytes - 1 - line.Length);
        line.Append('\n');
        if (logEvent.Exception is { } exception)
        {
            AppendException(line, exception);
        }

        output.Write(line);
    }

    private static void AppendException(StringBuilder line, Exception exception)
    {
        int lines = 0;
        foreach (ReadOnlySpan<char> part in exception.ToString().AsSpan().EnumerateLines())
        {
            if (lines++ == MaxExceptionLines)
            {
                line.Append(Indent).Append("…\n");
                return;
            }

            line.Append(Indent);
            BoundedText.Append(line, part, MaxLineBytes - 1 - Indent.Length);
            line.Append('\n');
        }
    }

    private static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "TRC",
        LogEventLevel.Debug => "DBG",
        LogEventLevel.Information => "INF",
        LogEventLevel.Warning => "WRN",
        LogEventLevel.Error => "ERR",
        _ => "CRT",
    };
}
