namespace Sluice.Daemon.Configuration;

/// <summary>
/// Every setting of a program. Reading, checking, the nearest name in a fault and the reference are made from this table.
/// </summary>
internal sealed class SettingTable
{
    private readonly Dictionary<string, Section> _sections;

    public SettingTable(IReadOnlyList<Section> sections)
    {
        _sections = sections.ToDictionary(section => section.Name, StringComparer.Ordinal);
        Sections = sections;
        All = [.. sections.SelectMany(section => section.Rows)];
    }

    /// <summary>The sections, in the order of the reference.</summary>
    public IReadOnlyList<Section> Sections { get; }

    /// <summary>The settings, section by section.</summary>
    public IReadOnlyList<Setting> All { get; }

    /// <summary>The names of the sections.</summary>
    public IEnumerable<string> SectionNames => Sections.Select(section => section.Name);

    /// <summary>Returns the settings of a section, none if there is no such section.</summary>
    public IReadOnlyList<Setting> Of(string section) => _sections.TryGetValue(section, out Section? found) ? found.Rows : [];

    /// <summary>Returns the setting that a name in a section means, or null.</summary>
    public Setting? Find(string section, string name) =>
        Of(section).FirstOrDefault(setting => setting.TakesAnyName || string.Equals(setting.Name, name, StringComparison.Ordinal));
}
