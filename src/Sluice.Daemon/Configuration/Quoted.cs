using System.Globalization;
using System.Text;

namespace Sluice.Daemon.Configuration;

/// <summary>Text of a user that is safe to print: of limited length, on one line, without control sequences for a terminal.</summary>
internal static class Quoted
{
    private const int MaxChars = 80;
    private const int MaxLongChars = 400;

    /// <summary>Returns the text in double quotes.</summary>
    public static string Text(string text) => $"\"{Plain(text)}\"";

    /// <summary>Returns the words in double quotes, for "write …": <c>"a", "b" or "c"</c>.</summary>
    public static string OneOf(IReadOnlyList<string> words)
    {
        string last = Text(words[^1]);
        return words.Count == 1 ? last : $"{string.Join(", ", words.SkipLast(1).Select(Text))} or {last}";
    }

    /// <summary>Returns a path or a message of the system, without quotes.</summary>
    public static string Long(string text) => Plain(text, MaxLongChars);

    /// <summary>Returns the text without quotes.</summary>
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
