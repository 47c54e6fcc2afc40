namespace Sluice.Daemon.Configuration.Reading;

/// <summary>Compares what was written with the table: unknown names, duplicates, wrong and misplaced values are faults.</summary>
internal sealed class SettingsReader(SettingTable table, Settings settings, FaultList faults)
{
    /// <summary>Reads the settings of one source. Nothing may be written twice in it; it overrides the sources before it.</summary>
    public void Read(IEnumerable<RawSetting> source)
    {
        var seen = new Dictionary<(string Section, string Key, bool IsHeader), Origin>();
        var unknownSections = new HashSet<string>(StringComparer.Ordinal);
        foreach (RawSetting raw in source)
        {
            settings.NoteSection(raw.Section, raw.Origin);
            if (!IsKnownSection(raw.Section))
            {
                if (unknownSections.Add(raw.Section))
                {
                    ReportUnknownSection(raw);
                }
            }
            else if (!seen.TryAdd((raw.Section, raw.Key, raw.Value is null), raw.Origin))
            {
                ReportTwice(raw, seen[(raw.Section, raw.Key, raw.Value is null)]);
            }
            else if (raw.Value is null)
            {
                ReportRepeatable(raw);
            }
            else
            {
                Read(raw, raw.Value);
            }
        }
    }

    private bool IsKnownSection(string section) => table.SectionNames.Contains(section, StringComparer.Ordinal);

    private void Read(RawSetting raw, RawValue value)
    {
        Setting? setting = table.Find(raw.Section, raw.Key);
        if (setting is null)
        {
            ReportUnknownKey(raw);
        }
        else if (setting.TryRead(value, faults, out object? read))
        {
            if (setting.TakesAnyName)
            {
                settings.SetEntry(setting, raw.Key, read, raw.Origin);
            }
            else
            {
                settings.Set(setting, read, raw.Origin);
            }
        }
    }

    private void ReportUnknownKey(RawSetting raw)
    {
        Setting? elsewhere = table.All.FirstOrDefault(
            known => !known.TakesAnyName && string.Equals(known.Name, raw.Key, StringComparison.Ordinal));
        string nearest = NearestName.Of(raw.Key, table.Of(raw.Section).Select(setting => setting.Name));
        string remedy = elsewhere is null
            ? $"the nearest known key is \"{nearest}\""
            : $"that key belongs to [{elsewhere.Section}]; the nearest key here is \"{nearest}\"";
        faults.Add(raw.Origin, $"unknown key {Quoted.Text(raw.Key)} in [{raw.Section}]; {remedy}");
    }

    private void ReportUnknownSection(RawSetting raw)
    {
        if (raw.Section.Length == 0)
        {
            Setting[] named = [.. table.All.Where(setting => !setting.TakesAnyName)];
            string name = NearestName.Of(raw.Key, named.Select(setting => setting.Name));
            Setting nearest = named.First(setting => string.Equals(setting.Name, name, StringComparison.Ordinal));
            faults.Add(
                raw.Origin,
                $"{Quoted.Text(raw.Key)} stands outside of every section; put it below its header, "
                + $"the nearest known key is {nearest.Name} in [{nearest.Section}]");
            return;
        }

        string section = Quoted.Plain(raw.Section);
        string? entries = table.All
            .Where(setting => setting.TakesAnyName && raw.Section.StartsWith(setting.Section + '.', StringComparison.Ordinal))
            .Select(setting => setting.Section)
            .FirstOrDefault();
        faults.Add(
            raw.Origin,
            entries is not null
                ? $"unknown section [{section}]; in [{entries}] a name with a dot stands in quotes"
                : $"unknown section [{section}]; the nearest known section is [{NearestName.Of(raw.Section, table.SectionNames)}]");
    }

    private void ReportTwice(RawSetting raw, Origin first)
    {
        string what = raw.Value is null ? $"section [{raw.Section}]" : $"{Quoted.Text(raw.Key)} in [{raw.Section}]";
        string where = first.Line > 0 ? $", first in line {first.Line}" : "";
        faults.Add(raw.Origin, $"{what} is written twice{where}; keep one");
    }

    private void ReportRepeatable(RawSetting raw)
    {
        if (raw.Key.Length > 0)
        {
            faults.Add(raw.Origin, $"[[{raw.Section}]] is a list of sections; write [{raw.Section}]");
        }
    }
}
