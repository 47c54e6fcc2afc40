using Tomlyn.Syntax;

namespace Sluice.Daemon.Configuration.Sources;

/// <summary>Turns a TOML document into a flat list of settings, whether it has tables, dotted keys or inline tables.</summary>
internal sealed class TomlSettings
{
    /// <summary>A value by itself is in no section.</summary>
    private static readonly SettingTable NoTable = new([]);

    private readonly string _source;
    private readonly SettingTable _table;
    private readonly List<RawSetting> _settings = [];
    private readonly Dictionary<string, List<RawValue>> _tables = new(StringComparer.Ordinal);

    private TomlSettings(string source, SettingTable table)
    {
        _source = source;
        _table = table;
    }

    /// <summary>Returns every section and setting of the document, in its order.</summary>
    public static IReadOnlyList<RawSetting> Of(DocumentSyntax document, string source, SettingTable table)
    {
        var reader = new TomlSettings(source, table);
        reader.AddItems([], document.KeyValues);
        foreach (TableSyntaxBase part in document.Tables)
        {
            if (part.Name is { } name && !TomlRecovery.IsUnreadable(name))
            {
                List<string> path = Parts(name);
                if (part is TableArraySyntax && reader.IsListOfTables(path))
                {
                    reader.AddTable(path, reader.At(name), part.Items);
                    continue;
                }

                if (part is TableSyntax && reader.IsEntry(path))
                {
                    var entry = new RawValue(RawKind.Table, reader.Fields(part.Items), reader.At(name));
                    reader._settings.Add(new RawSetting(Join(path.SkipLast(1)), path[^1], reader.At(name), entry));
                    continue;
                }

                reader._settings.Add(new RawSetting(
                    Join(path), part is TableArraySyntax ? "[]" : "", reader.At(name), null));
                reader.AddItems(path, part.Items);
            }
        }

        return reader._settings;
    }

    /// <summary>Returns a value of the document.</summary>
    public static RawValue? Value(ValueSyntax? syntax, string source) => new TomlSettings(source, NoTable).Read(syntax);

    private bool IsListOfTables(List<string> path)
    {
        string joined = Join(path);
        return _table.All.Any(setting => setting.TakesTables && string.Equals(setting.Path, joined, StringComparison.Ordinal));
    }

    /// <summary>Whether this is a name in a section of free names. A table there is the value of that name.</summary>
    private bool IsEntry(IReadOnlyList<string> path)
    {
        string section = Join(path.SkipLast(1));
        return _table.All.Any(setting => setting.TakesAnyName && string.Equals(setting.Section, section, StringComparison.Ordinal));
    }

    private static List<string> Parts(KeySyntax key)
    {
        var parts = new List<string> { Part(key.Key) };
        foreach (DottedKeyItemSyntax item in key.DotKeys)
        {
            parts.Add(Part(item.Key));
        }

        return parts;
    }

    private static string Part(BareKeyOrStringValueSyntax? part) => part switch
    {
        BareKeySyntax bare => bare.Key?.Text ?? "",
        StringValueSyntax text => text.Value ?? "",
        _ => "",
    };

    private static string Join(IEnumerable<string> path) => string.Join('.', path);

    /// <summary>Adds one of several tables. Together they are one list, like a list of inline tables.</summary>
    private void AddTable(List<string> path, Origin origin, SyntaxList<KeyValueSyntax> items)
    {
        if (!_tables.TryGetValue(Join(path), out List<RawValue>? tables))
        {
            tables = [];
            _tables.Add(Join(path), tables);
            _settings.Add(new RawSetting(Join(path.SkipLast(1)), path[^1], origin, new RawValue(RawKind.List, tables, origin)));
        }

        tables.Add(new RawValue(RawKind.Table, Fields(items), origin));
    }

    private List<RawSetting> Fields(IEnumerable<KeyValueSyntax> items)
    {
        var fields = new TomlSettings(_source, _table);
        foreach (KeyValueSyntax item in items)
        {
            fields.Add([], item);
        }

        return [.. fields._settings.Where(field => field.Value is not null)];
    }

    private void AddItems(IReadOnlyList<string> path, SyntaxList<KeyValueSyntax> items)
    {
        foreach (KeyValueSyntax item in items)
        {
            Add(path, item);
        }
    }

    private void Add(IReadOnlyList<string> path, KeyValueSyntax item)
    {
        if (item.Key is not { } key || item.Value is not { } value)
        {
            return;
        }

        IReadOnlyList<string> full = [.. path, .. Parts(key)];
        if (value is InlineTableSyntax table && !IsEntry(full))
        {
            _settings.Add(new RawSetting(Join(full), "", At(key), null));
            foreach (InlineTableItemSyntax inner in table.Items)
            {
                if (inner.KeyValue is { } pair)
                {
                    Add(full, pair);
                }
            }
        }
        else if (Read(value) is { } read)
        {
            _settings.Add(new RawSetting(Join(full.SkipLast(1)), full[^1], At(key), read));
        }
    }

    private RawValue? Read(ValueSyntax? syntax) => syntax switch
    {
        StringValueSyntax text => new RawValue(RawKind.Text, text.Value ?? "", At(text)),
        IntegerValueSyntax number => new RawValue(RawKind.WholeNumber, number.Value, At(number)),
        FloatValueSyntax number => new RawValue(RawKind.Number, number.Value, At(number)),
        BooleanValueSyntax truth => new RawValue(RawKind.Truth, truth.Value, At(truth)),
        DateTimeValueSyntax date => new RawValue(RawKind.Date, null, At(date)),
        ArraySyntax list => new RawValue(RawKind.List, ReadItems(list), At(list)),
        InlineTableSyntax table =>
            new RawValue(RawKind.Table, Fields(table.Items.Select(item => item.KeyValue).OfType<KeyValueSyntax>()), At(table)),
        _ => null,
    };

    private List<RawValue> ReadItems(ArraySyntax list)
    {
        var items = new List<RawValue>();
        foreach (ArrayItemSyntax item in list.Items)
        {
            if (Read(item.Value) is { } value)
            {
                items.Add(value);
            }
        }

        return items;
    }

    private Origin At(SyntaxNode node) => new(_source, node.Span.Start.Line + 1, node.Span.Start.Column + 1);
}
