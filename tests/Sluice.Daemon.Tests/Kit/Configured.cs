using System.Text;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;

namespace Sluice.Daemon.Tests.Kit;

/// <summary>Loads configurations from text, without a file and without the environment of the test.</summary>
internal static class Configured
{
    public const string Source = "test.toml";

    public static IReadOnlyDictionary<string, string> NoEnvironment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public static LoadedConfiguration Load(string text, params string[] assignments) =>
        LoadBytes(Encoding.UTF8.GetBytes(text), assignments);

    public static LoadedConfiguration LoadBytes(byte[] bytes, params string[] assignments) =>
        ProgramConfiguration.Reader.Load(bytes, Source, NoEnvironment, assignments);

    public static LoadedConfiguration LoadWith(string text, params (string Name, string Value)[] environment) =>
        ProgramConfiguration.Reader.Load(
            Encoding.UTF8.GetBytes(text), Source, environment.ToDictionary(
                pair => pair.Name, pair => pair.Value, StringComparer.Ordinal), []);

    public static Settings Valid(string text, params string[] assignments)
    {
        LoadedConfiguration loaded = Load(text, assignments);
        Assert.Empty(loaded.Describe());
        return loaded.Settings;
    }

    /// <summary>The lines that <c>sluice check</c> would print.</summary>
    public static string[] Faults(string text, params string[] assignments) => [.. Load(text, assignments).Describe()];

    public static string OnlyFault(string text, params string[] assignments) => Assert.Single(Faults(text, assignments));
}
