namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A list of texts that share a form.</summary>
/// <param name="range">The values that may be written, for messages.</param>
/// <param name="isGood">Whether a text has the form.</param>
internal sealed class TextListKind(string range, Func<string, bool> isGood) : ValueKind<IReadOnlyList<string>>
{
    /// <summary>Each item is checked in turn for every client.</summary>
    private const int MaxItems = 1000;

    public override RawKind Form => RawKind.List;

    public override string Range => range;

    public override string Write(IReadOnlyList<string> value) => $"[{string.Join(", ", value.Select(item => $"\"{item}\""))}]";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out IReadOnlyList<string> value)
    {
        value = [];
        if (raw.Kind != RawKind.List)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (raw.Items.Count > MaxItems)
        {
            fault(raw.Origin, $"found a list of {raw.Items.Count}; write at most {MaxItems}");
            return false;
        }

        var items = new List<string>(raw.Items.Count);
        foreach (RawValue item in raw.Items)
        {
            if (item.Kind == RawKind.Text && isGood(item.Text))
            {
                items.Add(item.Text);
            }
            else
            {
                fault(item.Origin, $"found {item.Describe()}; write {range}");
            }
        }

        value = items;
        return items.Count == raw.Items.Count;
    }
}
