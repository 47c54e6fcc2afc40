using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Daemon.Logging;

/// <summary>Text for a log line: on one line, and cut off if it does not fit.</summary>
internal static class BoundedText
{
    private const int EscapedBytes = 6;

    private static ReadOnlySpan<byte> Cut => "…"u8;

    /// <summary>
    /// Appends as much of <paramref name="text"/> as fits into <paramref name="maxBytes"/> of UTF-8. Control characters are escaped.
    /// </summary>
    public static void Append(IBufferWriter<byte> line, ReadOnlySpan<char> text, int maxBytes)
    {
        Span<byte> target = line.GetSpan(maxBytes)[..maxBytes];
        bool plain = text.Length <= maxBytes && !text.ContainsAnyExceptInRange(' ', '~');
        line.Advance(plain ? Encoding.UTF8.GetBytes(text, target) : Escape(text, target));
    }

    /// <returns>The number of bytes written.</returns>
    private static int Escape(ReadOnlySpan<char> text, Span<byte> target)
    {
        int used = 0;
        int lastThatLeavesRoom = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool escape = IsUnsafe(rune.Value);
            int size = escape ? EscapedBytes : rune.Utf8SequenceLength;
            if (used + size > target.Length)
            {
                Cut.CopyTo(target[lastThatLeavesRoom..]);
                return lastThatLeavesRoom + Cut.Length;
            }

            _ = escape ? Utf8.TryWrite(target[used..], $"\\u{rune.Value:x4}", out _) : rune.TryEncodeToUtf8(target[used..], out _);
            used += size;
            if (used <= target.Length - Cut.Length)
            {
                lastThatLeavesRoom = used;
            }
        }

        return used;
    }

    /// <summary>Whether it is a control character (C0, DEL, C1), a line separator, or a mark that changes the direction of text.</summary>
    private static bool IsUnsafe(int rune) =>
        rune is < 0x20 or (>= 0x7f and < 0xa0) or (>= 0x2028 and <= 0x202e) or (>= 0x2066 and <= 0x2069);
}
