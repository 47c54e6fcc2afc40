using System.Collections;
using Sluice.Daemon.Configuration.Sources;
using Tomlyn.Syntax;

namespace Sluice.Daemon.Configuration.Reading;

/// <summary>Reads a configuration: the file, then the environment, then the command line. A later one overrides an earlier one.</summary>
/// <param name="table">The settings that there are.</param>
/// <param name="check">Adds the faults that show only once everything is read. The last argument is whether it may look at files.</param>
internal sealed class ConfigurationReader(SettingTable table, Action<Settings, FaultList, bool> check)
{
    /// <summary>Reads a file and the environment of this process.</summary>
    public LoadedConfiguration Load(string path, IReadOnlyList<string> assignments) => Load(path, CurrentEnvironment(), assignments);

    /// <summary>Reads a file, and checks the certificates and plug-ins that it names.</summary>
    public LoadedConfiguration Load(
        string path, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> assignments)
    {
        var faults = new FaultList();
        ConfigurationText.TryRead(path, faults, out string? text);
        return Load(text, Quoted.Long(path), environment, assignments, faults, looksAtFiles: true);
    }

    /// <summary>Reads the bytes of a file, without looking at other files.</summary>
    public LoadedConfiguration Load(
        ReadOnlySpan<byte> bytes, string source, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> assignments)
    {
        var faults = new FaultList();
        ConfigurationText.TryDecode(bytes, source, faults, out string? text);
        return Load(text, source, environment, assignments, faults, looksAtFiles: false);
    }

    /// <summary>
    /// Reads one section from a file and the environment of this process, for commands that need no more. Faults elsewhere are ignored.
    /// </summary>
    /// <param name="path">The file; null = none.</param>
    /// <param name="assignments">The assignments of the command line.</param>
    /// <param name="section">The section.</param>
    public LoadedConfiguration LoadSection(string? path, IReadOnlyList<string> assignments, string section)
    {
        var faults = new FaultList();
        string source = Quoted.Long(path ?? "");
        var settings = new Settings(source);
        var reader = new SettingsReader(table, settings, faults);
        if (path is not null && ConfigurationText.TryRead(path, faults, out string? text))
        {
            var syntax = new FaultList();
            DocumentSyntax? document = TomlRecovery.Parse(text, source, syntax);
            foreach (ConfigurationFault fault in syntax.ToList().Where(fault => TomlRecovery.IsIn(section, text, fault.Origin.Line)))
            {
                faults.AddUnreadable(fault.Origin, fault.Message);
            }

            Read(document is null ? [] : TomlSettings.Of(document, source, table));
        }

        Read(EnvironmentSource.Settings(CurrentEnvironment(), table));
        Read(CommandLineSource.Settings(assignments, table, faults));
        return new LoadedConfiguration(settings, faults);

        void Read(IEnumerable<RawSetting> all) =>
            reader.Read(all.Where(setting => string.Equals(setting.Section, section, StringComparison.Ordinal)));
    }

    private LoadedConfiguration Load(
        string? text,
        string source,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<string> assignments,
        FaultList faults,
        bool looksAtFiles)
    {
        var settings = new Settings(source);
        var reader = new SettingsReader(table, settings, faults);
        if (text is not null && TomlRecovery.Parse(text, source, faults) is { } document)
        {
            reader.Read(TomlSettings.Of(document, source, table));
        }

        reader.Read(EnvironmentSource.Settings(environment, table));
        reader.Read(CommandLineSource.Settings(assignments, table, faults));
        check(settings, faults, looksAtFiles);
        return new LoadedConfiguration(settings, faults);
    }

    private static Dictionary<string, string> CurrentEnvironment() =>
        Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
}
