using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>docs/configuration.md has what the table of settings says.</summary>
public sealed class DocumentationTests
{
    private static readonly string Document =
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md")).ReplaceLineEndings("\n") + "\n";

    [Fact]
    public void The_reference_has_every_section_of_the_table_in_its_order()
    {
        int[] places = [.. ConfigurationReference.Sections(ProgramConfiguration.Table).Select(PlaceOf)];

        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void The_example_of_every_override_is_valid()
    {
        string[] assignments =
        [
            .. Document.Split('\n').Where(line => line.StartsWith("    sluice ", StringComparison.Ordinal)).SelectMany(Assignments),
        ];

        Assert.NotEmpty(assignments);
        Assert.All(assignments, assignment => Configured.Valid("", assignment));
    }

    private static int PlaceOf(string section)
    {
        string whole = $"{section}\n";
        Assert.Contains(whole, Document, StringComparison.Ordinal);
        return Document.IndexOf(whole, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Assignments(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Zip(words.Skip(1)).Where(pair => pair.First == "--set").Select(pair => pair.Second.Trim('\''));
    }
}
