using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.House.Documents;

/// <summary>A Markdown file: its prose, its links, and the anchors that GitHub gives it.</summary>
internal sealed partial class MarkdownPage
{
    private readonly string[] _lines;
    private readonly bool[] _isCode;
    private readonly bool[] _isGenerated;

    /// <param name="lines">The lines of the file.</param>
    public MarkdownPage(IReadOnlyList<string> lines)
    {
        _lines = [.. lines];
        _isCode = FindCode(_lines);
        _isGenerated = FindGenerated(_lines);
        Anchors = FindAnchors();
    }

    /// <summary>The anchors of the headings, and those written as <c>&lt;a id="..."&gt;</c>.</summary>
    public IReadOnlySet<string> Anchors { get; }

    /// <summary>Returns the lines of prose with their numbers: no code, no table, nothing that a program wrote.</summary>
    public IEnumerable<(int Line, string Text)> WrappedLines() =>
        Enumerable.Range(0, _lines.Length)
            .Where(i => !_isCode[i] && !_isGenerated[i] && !IsTable(_lines[i]))
            .Select(i => (i + 1, _lines[i]));

    /// <summary>Returns the prose without code: a passage for each paragraph, list item, cell of a table, and heading.</summary>
    /// <remarks>A heading keeps its signs, so that it does not start like a sentence.</remarks>
    public IEnumerable<Passage> Passages()
    {
        var passage = new Passage();
        for (int i = 0; i < _lines.Length; i++)
        {
            string line = _isCode[i] || _isGenerated[i] ? "" : CodeSpan().Replace(_lines[i], "`x`").Trim();
            if ((line.Length == 0 || StartOfBlock().IsMatch(line)) && !passage.IsEmpty)
            {
                yield return passage;
                passage = new Passage();
            }

            if (IsTable(line))
            {
                foreach (string cell in line.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    var single = new Passage();
                    single.Add(i + 1, cell);
                    yield return single;
                }
            }
            else if (line.Length > 0)
            {
                string text = Heading().IsMatch(line) ? line : StartOfBlock().Replace(line, "");
                passage.Add(i + 1, text.Replace("**", "", StringComparison.Ordinal));
            }
        }

        if (!passage.IsEmpty)
        {
            yield return passage;
        }
    }

    /// <summary>Returns the targets of all links, with the number of the line on which each ends.</summary>
    public IEnumerable<(int Line, string Target)> Links()
    {
        string text = string.Join('\n', _lines.Select((line, i) => _isCode[i] ? "" : CodeSpan().Replace(line, "`x`")));
        foreach (Match link in Link().Matches(text))
        {
            yield return (text.AsSpan(0, link.Index + link.Length).Count('\n') + 1, link.Groups["target"].Value);
        }
    }

    /// <summary>Returns the anchor that GitHub gives a heading.</summary>
    /// <param name="heading">Its text, with markup.</param>
    public static string AnchorOf(string heading)
    {
        string plain = Link().Replace(heading, match => match.Groups["text"].Value);
        var anchor = new StringBuilder();
        foreach (Rune rune in plain.Trim().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_')
            {
                anchor.Append(Rune.ToLowerInvariant(rune));
            }
            else if (rune.Value == ' ')
            {
                anchor.Append('-');
            }
        }

        return anchor.ToString();
    }

    private static bool IsTable(string line) => line.TrimStart().StartsWith('|');

    private static bool[] FindCode(string[] lines)
    {
        bool[] isCode = new bool[lines.Length];
        bool isFenced = false;
        for (int i = 0; i < lines.Length; i++)
        {
            bool isFence = lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal);
            isCode[i] = isFenced || isFence || IsIndentedCode(lines, isCode, i);
            isFenced ^= isFence;
        }

        return isCode;
    }

    private static bool IsIndentedCode(string[] lines, bool[] isCode, int i) =>
        lines[i].StartsWith("    ", StringComparison.Ordinal) && (i == 0 || lines[i - 1].Length == 0 || isCode[i - 1]);

    /// <summary>Finds the lines that a program writes, between <c>&lt;!-- name:part --&gt;</c> and the same with a slash.</summary>
    private static bool[] FindGenerated(string[] lines)
    {
        bool[] isGenerated = new bool[lines.Length];
        bool isInside = false;
        for (int i = 0; i < lines.Length; i++)
        {
            isInside = Mark().Match(lines[i]) is { Success: true } mark ? !mark.Groups["end"].Success : isInside;
            isGenerated[i] = isInside;
        }

        return isGenerated;
    }

    private HashSet<string> FindAnchors()
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in _lines.Where((_, i) => !_isCode[i]))
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                string anchor = AnchorOf(heading.Groups["text"].Value);
                string unique = anchor;
                for (int again = 1; !anchors.Add(unique); again++)
                {
                    unique = $"{anchor}-{again}";
                }
            }

            anchors.UnionWith(WrittenAnchor().Matches(line).Select(match => match.Groups["id"].Value));
        }

        return anchors;
    }

    [GeneratedRegex(@"^#{1,6} +(?<text>.*?)( +#+)? *$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("^<!-- (?<end>/)?[a-z]+:[a-z]+ -->$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mark();

    [GeneratedRegex("<a (id|name)=\"(?<id>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WrittenAnchor();

    [GeneratedRegex(@"!?\[(?<text>([^\[\]]|\[[^\[\]]*\]){0,300})\]\((?<target>[^()\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("(?<ticks>`+)[^`]+\\k<ticks>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"^(#+ |[-*] |\d+\. |> |\||<)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StartOfBlock();
}
