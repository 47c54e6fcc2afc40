using Sluice.Daemon.Configuration;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>docs/configuration.md cannot drift from the table of keys.</summary>
public sealed class DocumentationTests
{
    private static readonly string Document =
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md")).ReplaceLineEndings("\n");

    [Fact]
    public void The_reference_is_what_the_table_of_keys_says() =>
        Assert.Contains(ConfigurationReference.ToMarkdown().TrimEnd(), Document, StringComparison.Ordinal);

    [Fact]
    public void The_example_of_every_override_is_valid()
    {
        string[] assignments = [.. Document.Split('\n').Where(line => line.StartsWith("    sluice ", StringComparison.Ordinal)).SelectMany(Assignments)];

        Assert.NotEmpty(assignments);
        Assert.All(assignments, assignment => Configured.Valid("", assignment));
    }

    private static IEnumerable<string> Assignments(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Zip(words.Skip(1)).Where(pair => pair.First == "--set").Select(pair => pair.Second.Trim('\''));
    }
}
