using System.Text.RegularExpressions;

namespace Sluice.House.Documents;

/// <summary>Words and openers of sentences that make a text hard to read. Add one only if it has next to no good use.</summary>
internal static partial class PlainEnglish
{
    /// <summary>Returns the offset and the words of each banned phrase in a passage.</summary>
    public static IEnumerable<(int Offset, string Phrase)> FindBanned(string text) =>
        Word().Matches(text).Concat(Opener().Matches(text)).Select(match => (match.Index, match.Value));

    [GeneratedRegex(
        @"\b(told|tells?|telling|believe[sd]?|worth (a|the|its) word|without a word|take (its|his|their|a) word|turn(s|ed|ing)? away"
        + @"|puts? aside|putting aside|hears? (it|him|them)? ?out|heard out|comes? to rest|where (it|there) (has|is) (one|none))\b",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        1000)]
    private static partial Regex Word();

    /// <summary>A question may start with "Who" or "What", a statement may not.</summary>
    [GeneratedRegex(
        @"(?<=^|[.!?:;] )(So (many|much) (?!as\b)|Of (what|whom|which|whose)\b|(Who|Whoever|What) (?![^.!?]*\?))",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Opener();
}
