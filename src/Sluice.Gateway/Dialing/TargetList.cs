namespace Sluice.Gateway.Dialing;

/// <summary>Targets to try, in order. Nearly always it is one, which then costs no object.</summary>
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

    /// <summary>True where the same port of the same address is in it, under whatever name.</summary>
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
