using System.Text;

namespace Sluice.Daemon.Configuration;

/// <summary>Writes the table of <see cref="Keys"/> as the reference part of docs/configuration.md.</summary>
internal static class ConfigurationReference
{
    /// <summary>One heading and one table per section.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder();
        foreach (string section in Keys.Sections)
        {
            text.Append("### [").Append(section).Append("]\n\n| key | default | values | what it does |\n|---|---|---|---|\n");
            foreach (ConfigurationKey key in Keys.Of(section))
            {
                string standard = key.Default is null && key.Form == RawKind.List ? key.DefaultText : $"`{key.DefaultText}`";
                text.Append("| `").Append(key.Name).Append("` | ").Append(standard).Append(" | ").Append(key.Range).Append(" | ")
                    .Append(key.Sentence).Append(" |\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
