namespace Sluice.Daemon.Configuration;

/// <summary>Holds what was written against the table of <see cref="Keys"/>: unknown names, duplicates, wrong and misplaced values are faults.</summary>
internal sealed class SettingsReader(Settings settings, FaultList faults)
{
    /// <summary>Reads the settings of one source. Within a source nothing may be said twice; a later source wins over an earlier one.</summary>
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

    private static bool IsKnownSection(string section) => Keys.Sections.Contains(section, StringComparer.Ordinal);

    private void Read(RawSetting raw, RawValue value)
    {
        ConfigurationKey? key = Keys.Find(raw.Section, raw.Key);
        if (key is null)
        {
            ReportUnknownKey(raw);
        }
        else if (key.TryRead(value, faults, out object? read))
        {
            if (key.TakesAnyName)
            {
                settings.SetEntry(key, raw.Key, read, raw.Origin);
            }
            else
            {
                settings.Set(key, read, raw.Origin);
            }
        }
    }

    private void ReportUnknownKey(RawSetting raw)
    {
        ConfigurationKey? elsewhere = Keys.All.FirstOrDefault(known => !known.TakesAnyName && string.Equals(known.Name, raw.Key, StringComparison.Ordinal));
        string remedy = elsewhere is null
            ? $"the nearest known key is \"{NearestName.Of(raw.Key, Keys.Of(raw.Section).Select(key => key.Name))}\""
            : $"that key belongs to [{elsewhere.Section}]; the nearest key here is \"{NearestName.Of(raw.Key, Keys.Of(raw.Section).Select(key => key.Name))}\"";
        faults.Add(raw.Origin, $"unknown key {Quoted.Text(raw.Key)} in [{raw.Section}]; {remedy}");
    }

    private void ReportUnknownSection(RawSetting raw)
    {
        if (raw.Section.Length == 0)
        {
            string path = NearestName.Of(raw.Key, Keys.All.Where(key => !key.TakesAnyName).Select(key => key.Name));
            ConfigurationKey nearest = Keys.All.First(key => string.Equals(key.Name, path, StringComparison.Ordinal));
            faults.Add(raw.Origin, $"{Quoted.Text(raw.Key)} stands outside of every section; put it below its header, the nearest known key is {nearest.Name} in [{nearest.Section}]");
            return;
        }

        if (Keys.All.FirstOrDefault(key => key.TakesAnyName && raw.Section.StartsWith(key.Section + '.', StringComparison.Ordinal)) is { } named)
        {
            faults.Add(raw.Origin, $"unknown section [{Quoted.Plain(raw.Section)}]; in [{named.Section}] a name with a dot stands in quotes");
            return;
        }

        faults.Add(raw.Origin, $"unknown section [{Quoted.Plain(raw.Section)}]; the nearest known section is [{NearestName.Of(raw.Section, Keys.Sections)}]");
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
