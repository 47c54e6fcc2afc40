using Sluice.Gateway.Policy;
using Sluice.Transport;

namespace Sluice.Gateway.Limits;

/// <summary>Address ranges as one sorted list without overlaps: a look-up costs the same for a thousand of them as for ten.</summary>
internal sealed class AddressSet
{
    public static readonly AddressSet Empty = new([]);

    private readonly UInt128[] _firsts;
    private readonly UInt128[] _lasts;

    public AddressSet(IEnumerable<AddressRange> ranges)
    {
        List<(UInt128 First, UInt128 Last)> merged = [];
        foreach ((UInt128 First, UInt128 Last) range in ranges.SelectMany(range => range.Spans).OrderBy(span => span.First))
        {
            if (merged.Count == 0 || range.First > merged[^1].Last)
            {
                merged.Add((range.First, range.Last));
            }
            else if (range.Last > merged[^1].Last)
            {
                merged[^1] = (merged[^1].First, range.Last);
            }
        }

        _firsts = [.. merged.Select(range => range.First)];
        _lasts = [.. merged.Select(range => range.Last)];
    }

    /// <summary>True for an address in one of the ranges; its port does not matter.</summary>
    public bool Contains(in NetworkAddress address)
    {
        if (_firsts.Length == 0)
        {
            return false;
        }

        UInt128 number = AddressRange.ToNumber(address);
        int place = Array.BinarySearch(_firsts, number);
        place = place >= 0 ? place : ~place - 1;
        return place >= 0 && number <= _lasts[place];
    }
}
