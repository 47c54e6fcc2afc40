namespace Sluice.Bench.Peers;

/// <summary>
/// An additional Sluice in the same run, written as `name:setting,setting`: configuration keys for --set, environment variables after
/// `env.`, or another build after `bin=`.
/// </summary>
internal sealed record SluiceVariant(
    string Name, string Text, IReadOnlyList<string> Settings, IReadOnlyList<KeyValuePair<string, string>> Environment, string? Program)
{
    private const string EnvironmentPrefix = "env.";

    public static SluiceVariant Plain { get; } = new("sluice", "", [], [], Program: null);

    public static SluiceVariant Parse(string text)
    {
        if (text.Split(':', 2) is not [{ Length: > 0 } name, { Length: > 0 } list])
        {
            throw new BenchException($"--variant {text}: expected name:section.key=value,…");
        }

        var settings = new List<string>();
        var environment = new List<KeyValuePair<string, string>>();
        string? program = null;
        foreach (var setting in list.Split(','))
        {
            if (setting.Split('=', 2) is not [{ Length: > 0 } key, var value])
            {
                throw new BenchException($"--variant {text}: '{setting}' is not key=value");
            }

            if (string.Equals(key, "bin", StringComparison.Ordinal))
            {
                program = value;
            }
            else if (key.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
            {
                environment.Add(new(key[EnvironmentPrefix.Length..], value));
            }
            else
            {
                settings.Add(setting);
            }
        }

        return new SluiceVariant($"sluice:{name}", list, settings, environment, program);
    }
}
