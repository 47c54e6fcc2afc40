namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Settings in environment variables: <c>SLUICE_SECTION__KEY</c>, in any case behind the prefix.</summary>
/// <remarks>
/// Without the two underscores a variable is not a setting: orchestrators set names such as <c>SLUICE_PORT</c> and
/// <c>SLUICE_SERVICE_HOST</c> for a service that is called sluice.
/// </remarks>
internal static class EnvironmentSource
{
    private const string Prefix = "SLUICE_";
    private const string Separator = "__";

    /// <summary>The settings of the environment, by name; the texts are read in the form of their keys.</summary>
    public static IEnumerable<RawSetting> Settings(IReadOnlyDictionary<string, string> environment)
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
            ConfigurationKey? key = Keys.All.FirstOrDefault(known =>
                string.Equals(known.Section, section, StringComparison.OrdinalIgnoreCase)
                && (known.TakesAnyName || string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase)));
            yield return key is null
                ? new RawSetting(KnownSection(section), name.ToLowerInvariant(), origin, new RawValue(RawKind.Text, text, origin))
                : new RawSetting(key.Section, key.TakesAnyName ? name.ToLowerInvariant() : key.Name, origin, OverrideText.Read(text, key.Form, origin));
        }
    }

    private static string KnownSection(string section) =>
        Keys.Sections.FirstOrDefault(known => string.Equals(known, section, StringComparison.OrdinalIgnoreCase)) ?? section.ToLowerInvariant();
}
