namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A list of assemblies. Each keeps its place, because each may fail to load by itself.</summary>
internal sealed class PluginFilesKind : ValueKind<IReadOnlyList<PluginFile>>
{
    /// <summary>More than this is a mistake. Each is loaded and kept.</summary>
    private const int MaxItems = 100;

    public override RawKind Form => RawKind.List;

    public override string Range => "a list of paths, for example [\"plugins/MyRouting.dll\"]";

    public override string Write(IReadOnlyList<PluginFile> value) =>
        $"[{string.Join(", ", value.Select(file => $"\"{file.Path}\""))}]";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out IReadOnlyList<PluginFile> value)
    {
        value = [];
        if (raw.Kind != RawKind.List)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (raw.Items.Count > MaxItems)
        {
            fault(raw.Origin, $"found {raw.Items.Count} paths; write at most {MaxItems}");
            return false;
        }

        var files = new List<PluginFile>(raw.Items.Count);
        foreach (RawValue item in raw.Items)
        {
            if (item.Kind == RawKind.Text && item.Text.Length > 0 && !item.Text.Contains('\0', StringComparison.Ordinal))
            {
                files.Add(new PluginFile(item.Text, item.Origin));
            }
            else
            {
                fault(item.Origin, $"found {item.Describe()}; write {Range}");
            }
        }

        value = files;
        return files.Count == raw.Items.Count;
    }
}
