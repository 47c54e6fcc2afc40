using System.Text;

namespace Sluice.Daemon.Configuration;

/// <summary>Writes the table of settings as the reference in docs/configuration.md.</summary>
internal static class ConfigurationReference
{
    /// <summary>Returns a heading and a table for each section.</summary>
    public static IEnumerable<string> Sections(SettingTable table) => table.Sections.Select(ToMarkdown);

    private static string ToMarkdown(Section section)
    {
        var text = new StringBuilder();
        text.Append("### [").Append(section.Name).Append("]\n\n| key | default | values | what it does |\n|---|---|---|---|\n");
        foreach (Setting setting in section.Rows)
        {
            string standard = setting.Default is null && setting.Form == RawKind.List ? setting.DefaultText : $"`{setting.DefaultText}`";
            text.Append("| `").Append(setting.Name).Append("` | ").Append(standard).Append(" | ").Append(setting.Range).Append(" | ")
                .Append(setting.Sentence).Append(" |\n");
        }

        return text.ToString();
    }
}
