namespace Sluice.Daemon.Configuration;

/// <summary>The value of every key: what was set, else the default.</summary>
internal sealed class Settings
{
    private readonly Dictionary<ConfigurationKey, (object? Value, Origin Origin)> _set = [];
    private readonly Dictionary<ConfigurationKey<string>, SecretFile> _secrets = [];
    private readonly Dictionary<string, Origin> _sections = new(StringComparer.Ordinal);

    /// <summary>What <see cref="Keys.KcpKeyFile"/> holds, once it was read.</summary>
    public SecretFile? KcpSecret { get; set; }

    /// <summary>The files with secrets that were read, and the keys that name them.</summary>
    public IReadOnlyDictionary<ConfigurationKey<string>, SecretFile> Secrets => _secrets;

    /// <summary>What the file that a key names holds, once it was read.</summary>
    public SecretFile? SecretOf(ConfigurationKey<string> key) => _secrets.GetValueOrDefault(key);

    /// <summary>Keeps what the file that a key names holds.</summary>
    public void SetSecret(ConfigurationKey<string> key, SecretFile secret) => _secrets[key] = secret;

    /// <summary>The value of a key.</summary>
    public T Get<T>(ConfigurationKey<T> key) => (T)ValueOf(key)!;

    /// <summary>The value of a key of any type.</summary>
    public object? ValueOf(ConfigurationKey key) => _set.TryGetValue(key, out (object? Value, Origin) set) ? set.Value : key.Default;

    /// <summary>The value of a whole number whose range fits.</summary>
    public int GetInt(ConfigurationKey<long> key) => checked((int)Get(key));

    /// <summary>Where a key was set last, or null where it was not.</summary>
    public Origin? OriginOf(ConfigurationKey key) => _set.TryGetValue(key, out (object?, Origin Origin) set) ? set.Origin : null;

    /// <summary>Where a section, or a key in it, was written first, or null where it was not.</summary>
    public Origin? OriginOfSection(string section) => _sections.TryGetValue(section, out Origin origin) ? origin : null;

    /// <summary>Notes that a section, or a key in it, was written.</summary>
    public void NoteSection(string section, Origin origin) => _sections.TryAdd(section, origin);

    /// <summary>What was set in a section whose keys are names, by name.</summary>
    public IReadOnlyDictionary<string, T> Entries<T>(NamedEntriesKey<T> key) =>
        ValueOf(key) is NamedEntries entries
            ? entries.ToDictionary(entry => entry.Key, entry => (T)entry.Value!, StringComparer.Ordinal)
            : new Dictionary<string, T>(StringComparer.Ordinal);

    /// <summary>Sets one entry of a section whose keys are names; a later source wins over an earlier one, name by name.</summary>
    public void SetEntry(ConfigurationKey key, string name, object? value, Origin origin)
    {
        NamedEntries entries = ValueOf(key) as NamedEntries ?? [];
        entries[name] = value;
        Set(key, entries, origin);
    }

    /// <summary>Sets a key; a later source wins over an earlier one.</summary>
    public void Set(ConfigurationKey key, object? value, Origin origin) => _set[key] = (value, origin);
}
