using System.Globalization;
using System.Text;

namespace Sluice.Daemon.Configuration;

/// <summary>What a user wrote, as a message may show it: bounded, on one line, and with nothing that a terminal would obey.</summary>
internal static class Quoted
{
    private const int MaxChars = 80;

    /// <summary>The text in double quotes.</summary>
    public static string Text(string text) => $"\"{Plain(text)}\"";

    /// <summary>The words in double quotes, for "write …": <c>"a", "b" or "c"</c>.</summary>
    public static string OneOf(IReadOnlyList<string> words)
    {
        string last = Text(words[^1]);
        return words.Count == 1 ? last : $"{string.Join(", ", words.SkipLast(1).Select(Text))} or {last}";
    }

    /// <summary>The text without quotes around it.</summary>
    public static string Plain(string text, int maxChars = MaxChars)
    {
        var shown = new StringBuilder(Math.Min(text.Length, maxChars) + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= maxChars)
            {
                return shown.Append('…').ToString();
            }

            _ = IsHarmless(rune) ? shown.Append(rune.ToString()) : shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
        }

        return shown.ToString();
    }

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
