using System.Text.RegularExpressions;
using Sluice.Testing.Programs;

namespace Sluice.House.Documents;

/// <summary>Every link inside the repository leads somewhere.</summary>
public sealed partial class LinkTests
{
    private static readonly Dictionary<string, MarkdownPage> Pages =
        SourceTree.Files(".md").ToDictionary(file => file, file => new MarkdownPage(SourceTree.ReadLines(file)), StringComparer.Ordinal);

    [Fact]
    public void Every_relative_link_and_anchor_exists()
    {
        string[] broken =
        [.. from page in Pages
            from link in page.Value.Links()
            where !HasScheme().IsMatch(link.Target)
            let problem = FindProblem(page.Key, link.Target)
            where problem is not null
            select $"{page.Key}:{link.Line}: {link.Target}: {problem}"];

        Assert.True(broken.Length == 0, string.Join("\n", broken));
    }

    [Fact]
    public void Every_document_that_a_source_names_exists()
    {
        string[] broken =
        [.. from file in SourceTree.Files(".cs")
            from line in SourceTree.ReadLines(file).Index()
            from Match name in DocumentName().Matches(line.Item)
            where !Pages.ContainsKey(name.Value)
            select $"{file}:{line.Index + 1}: {name.Value} does not exist"];

        Assert.True(broken.Length == 0, string.Join("\n", broken));
    }

    [Theory]
    [InlineData("How `sluice run` ends", "how-sluice-run-ends")]
    [InlineData("[static.nodes]", "staticnodes")]
    [InlineData("File, environment, command line", "file-environment-command-line")]
    [InlineData("策略：允许连接哪些后端", "策略允许连接哪些后端")]
    [InlineData("The [key](tokens.md#the-key-file)", "the-key")]
    public void An_anchor_is_named_as_on_GitHub(string heading, string anchor) => Assert.Equal(anchor, MarkdownPage.AnchorOf(heading));

    [Fact]
    public void Equal_headings_get_numbers_and_code_has_no_anchors_and_no_links()
    {
        var page = new MarkdownPage(
            ["# A", "## A", "```", "# B", "[x](y.md)", "```", "", "    [x](y.md)", "", "Text with `[x](y.md)` and [a", "b](z.md)."]);

        Assert.Equal(["a", "a-1"], page.Anchors.Order(StringComparer.Ordinal));
        Assert.Equal([(11, "z.md")], page.Links());
    }

    private static string? FindProblem(string from, string target)
    {
        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0 ? from : Resolve(from, Uri.UnescapeDataString(parts[0]));
        if (!Path.Exists(Path.Combine(Repository.Root, path)))
        {
            return "there is no such file";
        }

        bool isPage = Pages.TryGetValue(path, out MarkdownPage? page);
        return parts.Length == 1 || !isPage || page!.Anchors.Contains(Uri.UnescapeDataString(parts[1])) ? null : "there is no such heading";
    }

    private static string Resolve(string from, string relative)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, from))!;
        return Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(folder, relative))).Replace('\\', '/');
    }

    [GeneratedRegex("^[a-z][a-z0-9+.-]*:", RegexOptions.None, 1000)]
    private static partial Regex HasScheme();

    [GeneratedRegex(@"\bdocs/[\w/-]+\.md\b", RegexOptions.None, 1000)]
    private static partial Regex DocumentName();
}
