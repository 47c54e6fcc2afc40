namespace Sluice.Daemon.Configuration;

/// <summary>A section of the configuration: its settings, and the checks that need more than one value.</summary>
/// <param name="name">Its name, nested ones joined by dots.</param>
internal class Section(string name)
{
    private readonly List<Setting> _rows = [];

    public string Name { get; } = name;

    /// <summary>The settings, in the order of the reference.</summary>
    public IReadOnlyList<Setting> Rows => _rows;

    /// <summary>
    /// Adds the faults that show only when several settings are read together. Called only if each value by itself is right.
    /// </summary>
    public Action<Settings, FaultList>? Check { get; init; }

    /// <summary>Adds the faults of files that the settings name. Called only if there is no other fault.</summary>
    public Action<Settings, FaultList>? CheckFiles { get; init; }

    /// <summary>Adds a setting that no single property of an options record holds.</summary>
    public Setting<T> Add<T>(string name, ValueKind<T> kind, T standard, string sentence)
    {
        var setting = new Setting<T>(Name, name, kind, standard, sentence);
        _rows.Add(setting);
        return setting;
    }

    /// <summary>Adds an entry for every name that the operator chooses.</summary>
    public NamedEntriesSetting<T> AddEntries<T>(ValueKind<T> kind, string sentence)
    {
        var setting = new NamedEntriesSetting<T>(Name, kind, sentence);
        _rows.Add(setting);
        return setting;
    }

    /// <summary>Whether any setting of the section is written.</summary>
    public bool IsWritten(Settings settings) => _rows.Any(row => settings.OriginOf(row) is not null);
}
