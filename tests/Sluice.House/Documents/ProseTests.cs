using System.Text.RegularExpressions;

namespace Sluice.House.Documents;

/// <summary>Sources and documents are plain English, in lines of at most 140 columns.</summary>
public sealed partial class ProseTests
{
    private const int MaxColumns = 140;

    /// <summary>Folders of sources, and pages, that are still to be rewritten. Remove each as it is done; add none.</summary>
    private static readonly string[] NotRewritten =
    [
        "src/Sluice.Gateway/",
        "src/Sluice.Hosting/",
        "src/Sluice.Hosting/README.md",
        "src/Sluice.Transport/",
        "tests/Sluice.Gateway.Tests/",
        "tests/Sluice.Hosting.Tests/",
        "tests/Sluice.Transport.Tests/",
        "tests/Sluice.WebSocket.Tests/",
    ];

    [Fact]
    public void No_line_is_longer_than_140_columns()
    {
        IEnumerable<(string File, int Line, string Text)> sources =
            from file in Rewritten(".cs")
            from line in SourceTree.ReadLines(file).Index()
            select (file, line.Index + 1, line.Item);
        IEnumerable<(string File, int Line, string Text)> pages =
            from file in Rewritten(".md")
            from line in new MarkdownPage(SourceTree.ReadLines(file)).WrappedLines()
            select (file, line.Line, line.Text);
        string[] tooLong =
        [.. from line in sources.Concat(pages)
            let columns = Address().Replace(line.Text, "").Length
            where columns > MaxColumns
            select $"{line.File}:{line.Line}: {columns} columns"];

        Assert.True(tooLong.Length == 0, string.Join("\n", tooLong));
    }

    [Fact]
    public void Comments_and_documents_avoid_words_that_must_be_read_twice()
    {
        IEnumerable<(string File, Passage Passage)> comments =
            from file in Rewritten(".cs")
            from passage in SourceComments.Read(SourceTree.ReadLines(file))
            select (file, passage);
        IEnumerable<(string File, Passage Passage)> pages =
            from file in Rewritten(".md")
            from passage in new MarkdownPage(SourceTree.ReadLines(file)).Passages()
            select (file, passage);
        string[] banned =
        [.. from text in comments.Concat(pages)
            from found in PlainEnglish.FindBanned(text.Passage.Text)
            select $"{text.File}:{text.Passage.LineAt(found.Offset)}: \"{found.Phrase.Trim()}\""];

        Assert.True(banned.Length == 0, string.Join("\n", banned));
    }

    [Theory]
    [InlineData("Who is given up costs no signature.", "Who")]
    [InlineData("It waits. So many times it is rented.", "So many")]
    [InlineData("The client is told why.", "told")]
    [InlineData("What the client sent is kept.", "What")]
    [InlineData("Who is it?", null)]
    [InlineData("The one who is there sends what it has.", null)]
    [InlineData("So much as a byte is enough.", null)]
    public void A_banned_phrase_is_found(string text, string? expected) =>
        Assert.Equal(expected, PlainEnglish.FindBanned(text).Select(found => found.Phrase.Trim()).SingleOrDefault());

    [Fact]
    public void Comments_are_read_without_markup_and_strings_are_not_comments()
    {
        string[] lines =
            ["/// <summary>One", "/// two.</summary>", "var x = \"// no\"; // three", "", "\"\"\"", "// no", "\"\"\"", "// four"];

        Assert.Equal(["One two.", "three", "four"], SourceComments.Read(lines).Select(passage => passage.Text));
    }

    private static IEnumerable<string> Rewritten(string extension) =>
        SourceTree.Files(extension).Where(file => !NotRewritten.Any(entry => entry.EndsWith('/')
            ? extension == ".cs" && file.StartsWith(entry, StringComparison.Ordinal)
            : file == entry));

    [GeneratedRegex(@"https?://\S+", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
