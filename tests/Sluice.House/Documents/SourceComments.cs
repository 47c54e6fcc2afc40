using System.Text.RegularExpressions;

namespace Sluice.House.Documents;

/// <summary>The comments of a C# file.</summary>
internal static partial class SourceComments
{
    /// <summary>Returns a passage for each run of comment lines, without slashes and tags.</summary>
    /// <param name="lines">The lines of the file.</param>
    public static IEnumerable<Passage> Read(IReadOnlyList<string> lines)
    {
        var passage = new Passage();
        bool isRawString = false;
        for (int i = 0; i < lines.Count; i++)
        {
            string line = isRawString ? "" : lines[i].Trim();
            isRawString ^= RawQuotes().Count(lines[i]) % 2 == 1;
            bool isComment = line.StartsWith("//", StringComparison.Ordinal);
            string comment = isComment ? line.TrimStart('/').Trim() : CommentAfterCode(line);
            if ((!isComment || StartOfElement().IsMatch(comment)) && !passage.IsEmpty)
            {
                yield return passage;
                passage = new Passage();
            }

            string text = Tag().Replace(comment, "").Trim();
            if (text.Length > 0)
            {
                passage.Add(i + 1, text);
            }
        }

        if (!passage.IsEmpty)
        {
            yield return passage;
        }
    }

    private static string CommentAfterCode(string line)
    {
        string code = Literal().Replace(line, "\"\"");
        int start = code.IndexOf("//", StringComparison.Ordinal);
        return start < 0 ? "" : code[(start + 2)..].Trim();
    }

    [GeneratedRegex("\"{3,}", RegexOptions.None, 1000)]
    private static partial Regex RawQuotes();

    [GeneratedRegex("@\"([^\"]|\"\")*\"|\"(\\\\.|[^\"\\\\])*\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Literal();

    [GeneratedRegex("<[^<>]*>", RegexOptions.None, 1000)]
    private static partial Regex Tag();

    [GeneratedRegex("^<(summary|remarks|param|typeparam|returns|exception|item|para|value)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StartOfElement();
}
