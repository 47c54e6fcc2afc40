using System.Collections;
using System.Text.Unicode;
using Sluice.Daemon.Configuration.Sources;
using Sluice.Daemon.Routing;
using Sluice.Transport.Loop;
using Tomlyn.Syntax;

namespace Sluice.Daemon.Configuration;

/// <summary>Reads the whole configuration: the file, then the environment, then the command line, each over the one before.</summary>
internal static class ConfigurationLoader
{
    /// <summary>Loads it with the environment of this process.</summary>
    public static LoadedConfiguration Load(string path, IReadOnlyList<string> assignments) =>
        Load(path, CurrentEnvironment(), assignments);

    /// <summary>Loads it from a file, and looks at the certificates and plug-ins that it names.</summary>
    public static LoadedConfiguration Load(string path, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> assignments)
    {
        var faults = new FaultList();
        ConfigurationText.TryRead(path, faults, out string? text);
        return Load(text, Quoted.Plain(path, 400), environment, assignments, faults, looksAtFiles: true);
    }

    /// <summary>Loads it from the bytes of a file, and touches no file.</summary>
    public static LoadedConfiguration Load(
        ReadOnlySpan<byte> bytes, string source, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> assignments)
    {
        var faults = new FaultList();
        ConfigurationText.TryDecode(bytes, source, faults, out string? text);
        return Load(text, source, environment, assignments, faults, looksAtFiles: false);
    }

    /// <summary>
    /// Loads one section from a file and the environment of this process, for commands that need no more: what is wrong elsewhere is no
    /// concern of theirs.
    /// </summary>
    /// <param name="path">The file; null = none.</param>
    /// <param name="assignments">What the command line sets.</param>
    /// <param name="section">The section.</param>
    public static LoadedConfiguration LoadSection(string? path, IReadOnlyList<string> assignments, string section)
    {
        var faults = new FaultList();
        var settings = new Settings();
        var reader = new SettingsReader(settings, faults);
        string source = Quoted.Plain(path ?? "", 400);
        if (path is not null && ConfigurationText.TryRead(path, faults, out string? text))
        {
            var syntax = new FaultList();
            DocumentSyntax? document = TomlRecovery.Parse(text, source, syntax);
            foreach (ConfigurationFault fault in syntax.ToList().Where(fault => TomlRecovery.IsIn(section, text, fault.Origin.Line)))
            {
                faults.AddUnreadable(fault.Origin, fault.Message);
            }

            Read(document is null ? [] : TomlSettings.Of(document, source));
        }

        Read(EnvironmentSource.Settings(CurrentEnvironment()));
        Read(CommandLineSource.Settings(assignments, faults));
        return new LoadedConfiguration(settings, faults);

        void Read(IEnumerable<RawSetting> all) =>
            reader.Read(all.Where(setting => string.Equals(setting.Section, section, StringComparison.Ordinal)));
    }

    private static LoadedConfiguration Load(
        string? text,
        string source,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<string> assignments,
        FaultList faults,
        bool looksAtFiles)
    {
        var settings = new Settings();
        var reader = new SettingsReader(settings, faults);
        if (text is not null && TomlRecovery.Parse(text, source, faults) is { } document)
        {
            reader.Read(TomlSettings.Of(document, source));
        }

        reader.Read(EnvironmentSource.Settings(environment));
        reader.Read(CommandLineSource.Settings(assignments, faults));
        Strategies.Find(settings, faults, looksAtFiles);
        var warnings = new List<ConfigurationFault>();
        if (!faults.Any)
        {
            CheckTogether(settings, source, faults);
            AdminKeys.Check(settings, faults);
            ListenerOverlap.Check(settings, faults);
            UnreadSettings.Check(settings, faults, warnings);
            KcpEncryption.ReadSecret(settings, source, faults);
            Strategies.Selected(settings).Check?.Invoke(settings, faults);
        }

        if (!faults.Any && looksAtFiles)
        {
            Strategies.Selected(settings).Look?.Invoke(settings, faults);
            TlsChecks.Look(settings, faults, warnings, TimeProvider.System.GetUtcNow());
        }

        return new LoadedConfiguration(settings, faults, warnings);
    }

    /// <summary>Reed-Solomon over GF(2^8) has no more places in a group.</summary>
    private const int MaxShards = 255;

    /// <summary>What only shows once every value is known.</summary>
    private static void CheckTogether(Settings settings, string source, FaultList faults)
    {
        if (!settings.Get(Keys.TcpEnabled) && !settings.Get(Keys.KcpEnabled) && !settings.Get(Keys.WsEnabled))
        {
            faults.Add(
                settings.OriginOf(Keys.TcpEnabled) ?? new Origin(source),
                $"{Keys.TcpEnabled}: no listener is enabled; set it, {Keys.KcpEnabled} or {Keys.WsEnabled} to true");
        }

        if (settings.Get(Keys.KcpDataShards) + settings.Get(Keys.KcpParityShards) > MaxShards)
        {
            faults.Add(
                settings.OriginOf(Keys.KcpParityShards) ?? settings.OriginOf(Keys.KcpDataShards) ?? new Origin(source),
                $"{Keys.KcpParityShards}: together with data_shards that is more than {MaxShards}; write fewer");
        }

        if (settings.Get(Keys.WsEnabled) && settings.Get(Keys.WsToClientFrames) && !Utf8.IsValid(settings.Get(Keys.SuccessMessage)))
        {
            faults.Add(
                settings.OriginOf(Keys.SuccessMessage) ?? settings.OriginOf(Keys.WsToClientFrames) ?? new Origin(source),
                $"{Keys.SuccessMessage}: it is not UTF-8, so it cannot be sent as text; change it, or write {Keys.WsToClientFrames} = \"binary\"");
        }

        if (settings.Get(Keys.Poller) == PollerKind.Epoll && !OperatingSystem.IsLinux())
        {
            faults.Add(
                settings.OriginOf(Keys.Poller) ?? new Origin(source),
                $"{Keys.Poller}: epoll exists on Linux only; write \"auto\"");
        }
    }

    private static Dictionary<string, string> CurrentEnvironment() =>
        Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
}
