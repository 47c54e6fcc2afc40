using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Logging;

/// <summary>A log line for people: time in UTC, level, message. An exception follows on further lines.</summary>
/// <remarks>No line is longer than <see cref="MaxLineBytes"/>; a message that contains line breaks stays on one line.</remarks>
internal sealed class TextLineFormatter : ILineFormatter
{
    /// <summary>Longest line in bytes of UTF-8, with its end.</summary>
    public const int MaxLineBytes = 2048;

    /// <summary>Most lines of an exception. A deep recursion has thousands.</summary>
    private const int MaxExceptionLines = 100;

    /// <summary><c>2026-11-22T16:54:00.123</c>.</summary>
    private const int TimeBytes = 23;

    private static ReadOnlySpan<byte> Indent => "    "u8;

    /// <inheritdoc/>
    public void Format<TState>(in LogEntry<TState> entry, DateTimeOffset time, ArrayBufferWriter<byte> line)
    {
        AppendHead(line, time, entry.LogLevel);
        BoundedText.Append(line, entry.Formatter(entry.State, entry.Exception), MaxLineBytes - 1 - line.WrittenCount);
        line.Write("\n"u8);
        if (entry.Exception is { } exception)
        {
            AppendException(line, exception);
        }
    }

    private static void AppendHead(ArrayBufferWriter<byte> line, DateTimeOffset time, LogLevel level)
    {
        // "O" is several times as fast as a pattern. Its digits beyond milliseconds are overwritten.
        time.UtcDateTime.TryFormat(line.GetSpan(32), out _, "O", CultureInfo.InvariantCulture);
        line.Advance(TimeBytes);
        line.Write("Z "u8);
        line.Write(Word(level));
        line.Write(" "u8);
    }

    private static void AppendException(ArrayBufferWriter<byte> line, Exception exception)
    {
        int lines = 0;
        foreach (ReadOnlySpan<char> part in exception.ToString().AsSpan().EnumerateLines())
        {
            line.Write(Indent);
            if (lines++ == MaxExceptionLines)
            {
                line.Write("…\n"u8);
                return;
            }

            BoundedText.Append(line, part, MaxLineBytes - 1 - Indent.Length);
            line.Write("\n"u8);
        }
    }

    private static ReadOnlySpan<byte> Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRC"u8,
        LogLevel.Debug => "DBG"u8,
        LogLevel.Information => "INF"u8,
        LogLevel.Warning => "WRN"u8,
        LogLevel.Error => "ERR"u8,
        _ => "CRT"u8,
    };
}
