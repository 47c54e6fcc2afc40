using System.Text;

namespace Sluice.Daemon.Logging;

/// <summary>Text for a log line: on one line, and never longer than what is left of it.</summary>
internal static class BoundedText
{
    private const char Cut = '…';
    private const int CutBytes = 3;

    /// <summary>Appends as much of <paramref name="text"/> as fits into <paramref name="maxBytes"/> of UTF-8; control characters are escaped.</summary>
    /// <returns>The bytes that were appended.</returns>
    public static int Append(StringBuilder line, ReadOnlySpan<char> text, int maxBytes)
    {
        int room = maxBytes - CutBytes;
        int used = 0;
        int start = line.Length;
        int lastThatLeavesRoom = start;
        int usedThere = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool escape = IsUnsafe(rune.Value);
            int size = escape ? 6 : rune.Utf8SequenceLength;
            if (used + size > maxBytes)
            {
                line.Length = lastThatLeavesRoom;
                line.Append(Cut);
                return usedThere + CutBytes;
            }

            used += size;
            if (escape)
            {
                line.Append("\\u").Append(rune.Value.ToString("x4"));
            }
            else
            {
                line.Append(rune);
            }

            if (used <= room)
            {
                (lastThatLeavesRoom, usedThere) = (line.Length, used);
            }
        }

        return used;
    }

    /// <summary>Control characters (C0, DEL, C1), line separators, and marks that turn the direction of text.</summary>
    private static bool IsUnsafe(int rune) =>
        rune is < 0x20 or (>= 0x7f and < 0xa0) or (>= 0x2028 and <= 0x202e) or (>= 0x2066 and <= 0x2069);
}
