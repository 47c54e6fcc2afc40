namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Settings in environment variables: <c>SLUICE_SECTION__KEY</c>. Case does not matter after the prefix.</summary>
/// <remarks>
/// A variable without the two underscores is not a setting: orchestrators set <c>SLUICE_PORT</c> and <c>SLUICE_SERVICE_HOST</c> for a
/// service named sluice.
/// </remarks>
internal static class EnvironmentSource
{
    private const string Prefix = "SLUICE_";
    private const string Separator = "__";

    /// <summary>Returns the settings of the environment, by name. Each text is read in the form of its setting.</summary>
    public static IEnumerable<RawSetting> Settings(IReadOnlyDictionary<string, string> environment, SettingTable table)
    {
        foreach ((string variable, string text) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            int split = variable.LastIndexOf(Separator, StringComparison.Ordinal);
            if (!variable.StartsWith(Prefix, StringComparison.Ordinal) || split < Prefix.Length)
            {
                continue;
            }

            string section = variable[Prefix.Length..split].Replace(Separator, ".", StringComparison.Ordinal);
            string name = variable[(split + Separator.Length)..];
            var origin = new Origin(Quoted.Plain(variable));
            Setting? setting = table.All.FirstOrDefault(known =>
                string.Equals(known.Section, section, StringComparison.OrdinalIgnoreCase)
                && (known.TakesAnyName || string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase)));
            yield return setting is null
                ? new RawSetting(KnownSection(section, table), name.ToLowerInvariant(), origin, new RawValue(RawKind.Text, text, origin))
                : new RawSetting(
                    setting.Section,
                    setting.TakesAnyName ? name.ToLowerInvariant() : setting.Name,
                    origin,
                    OverrideText.Read(text, setting.Form, origin));
        }
    }

    private static string KnownSection(string section, SettingTable table) =>
        table.SectionNames.FirstOrDefault(known => string.Equals(known, section, StringComparison.OrdinalIgnoreCase))
        ?? section.ToLowerInvariant();
}
