using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A list of address ranges. Null = the setting is not written, which differs from an empty list.</summary>
internal sealed class AddressRangesKind : ValueKind<IReadOnlyList<AddressRange>?>
{
    /// <summary>They are kept sorted, so this limits the file and not the work.</summary>
    private const int MaxRanges = 10_000;

    public override RawKind Form => RawKind.List;

    public override string Range => "a list of addresses and address ranges";

    public override string Write(IReadOnlyList<AddressRange>? value) =>
        value is null ? "not set" : $"[{string.Join(", ", value.Select(range => $"\"{range}\""))}]";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out IReadOnlyList<AddressRange>? value)
    {
        value = null;
        if (raw.Kind != RawKind.List)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (raw.Items.Count > MaxRanges)
        {
            fault(raw.Origin, FormattableString.Invariant($"{raw.Items.Count} ranges are too many; write at most {MaxRanges}"));
            return false;
        }

        var ranges = new List<AddressRange>(raw.Items.Count);
        foreach (RawValue item in raw.Items)
        {
            if (item.Kind == RawKind.Text && AddressRange.TryParse(item.Text, out AddressRange range))
            {
                ranges.Add(range);
            }
            else
            {
                fault(
                    item.Origin,
                    $"found {item.Describe()}, which is no address range; "
                    + "write for example \"10.0.0.0/8\", \"2001:db8::/32\" or \"192.0.2.7\"");
            }
        }

        value = ranges;
        return ranges.Count == raw.Items.Count;
    }
}
