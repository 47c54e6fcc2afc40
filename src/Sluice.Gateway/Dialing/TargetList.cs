namespace Sluice.Gateway.Dialing;

/// <summary>Targets to try, in order. A single one, the usual case, costs no object.</summary>
internal struct TargetList
{
    private DialTarget _first;
    private List<DialTarget>? _others;

    public int Count { get; private set; }

    public readonly DialTarget this[int index] => index == 0 ? _first : _others![index - 1];

    public void Add(in DialTarget target)
    {
        if (Count++ == 0)
        {
            _first = target;
        }
        else
        {
            (_others ??= []).Add(target);
        }
    }

    /// <summary>Returns whether it has the same port of the same address, under any name.</summary>
    public readonly bool Contains(in DialTarget target)
    {
        bool found = false;
        for (int i = 0; i < Count && !found; i++)
        {
            found = this[i].Protocol == target.Protocol && this[i].Address == target.Address;
        }

        return found;
    }
}
