using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>Addresses to try, in order, each with the name that it was found by. Nearly always it is one, which then costs no object.</summary>
internal struct AddressList
{
    private (NetworkAddress Address, string? Name) _first;
    private List<(NetworkAddress Address, string? Name)>? _others;

    public int Count { get; private set; }

    public readonly (NetworkAddress Address, string? Name) this[int index] => index == 0 ? _first : _others![index - 1];

    public void Add(in NetworkAddress address, string? name)
    {
        if (Count++ == 0)
        {
            _first = (address, name);
        }
        else
        {
            (_others ??= []).Add((address, name));
        }
    }

    public readonly bool Contains(in NetworkAddress address)
    {
        bool found = false;
        for (int i = 0; i < Count && !found; i++)
        {
            found = this[i].Address == address;
        }

        return found;
    }
}
