namespace Sluice.Daemon.Configuration;

/// <summary>The value of every setting: the one that was written, or the default.</summary>
/// <param name="source">The file, for faults about settings that are not written.</param>
internal sealed class Settings(string source)
{
    private readonly Dictionary<Setting, (object? Value, Origin Origin)> _set = [];
    private readonly List<(Setting Setting, object? Value, Origin Origin)> _written = [];
    private readonly Dictionary<Setting, object> _contents = [];
    private readonly Dictionary<string, Origin> _sections = new(StringComparer.Ordinal);

    /// <summary>Returns the value of a setting.</summary>
    public T Get<T>(Setting<T> setting) => (T)ValueOf(setting)!;

    /// <summary>Returns the value of a setting of any type.</summary>
    public object? ValueOf(Setting setting) => _set.TryGetValue(setting, out (object? Value, Origin) set) ? set.Value : setting.Default;

    /// <summary>Returns the last place of a setting, or null if it is not written.</summary>
    public Origin? OriginOf(Setting setting) => _set.TryGetValue(setting, out (object?, Origin Origin) set) ? set.Origin : null;

    /// <summary>Returns the first place of a section, or of a setting in it, or null if it is not written.</summary>
    public Origin? OriginOfSection(string section) => _sections.TryGetValue(section, out Origin origin) ? origin : null;

    /// <summary>Returns the place for a fault: that of the first of these settings that is written, or else the whole file.</summary>
    public Origin PlaceOf(params IEnumerable<Setting> settings) =>
        settings.Select(OriginOf).FirstOrDefault(origin => origin is not null) ?? new Origin(source);

    /// <summary>Returns what was written in a section of free names, by name.</summary>
    public IReadOnlyDictionary<string, T> Entries<T>(NamedEntriesSetting<T> setting) =>
        ValueOf(setting) is NamedEntries entries
            ? entries.ToDictionary(entry => entry.Key, entry => (T)entry.Value!, StringComparer.Ordinal)
            : new Dictionary<string, T>(StringComparer.Ordinal);

    /// <summary>Returns every value that is written for a setting, overridden ones too, and its place.</summary>
    public IEnumerable<(T Value, Origin Origin)> EveryValueOf<T>(Setting<T> setting) =>
        _written.Where(written => written.Setting == setting).Select(written => ((T)written.Value!, written.Origin));

    /// <summary>Returns what the file holds that a setting names, or null if it was not read.</summary>
    public T? ContentOf<T>(Setting setting)
        where T : class => _contents.GetValueOrDefault(setting) as T;

    /// <summary>Returns everything of a type that was read from files.</summary>
    public IEnumerable<(Setting Setting, T Content)> Contents<T>() =>
        _contents.Where(pair => pair.Value is T).Select(pair => (pair.Key, (T)pair.Value));

    /// <summary>Keeps what the file holds that a setting names.</summary>
    public void SetContent(Setting setting, object content) => _contents[setting] = content;

    /// <summary>Notes that a section, or a setting in it, was written.</summary>
    public void NoteSection(string section, Origin origin) => _sections.TryAdd(section, origin);

    /// <summary>Sets one entry of a section of free names; a later source overrides an earlier one, name by name.</summary>
    public void SetEntry(Setting setting, string name, object? value, Origin origin)
    {
        NamedEntries entries = ValueOf(setting) as NamedEntries ?? [];
        entries[name] = value;
        Set(setting, entries, origin);
    }

    /// <summary>Sets a value; a later source overrides an earlier one.</summary>
    public void Set(Setting setting, object? value, Origin origin)
    {
        _set[setting] = (value, origin);
        _written.Add((setting, value, origin));
    }
}
