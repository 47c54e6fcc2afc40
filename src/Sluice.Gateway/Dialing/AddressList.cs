using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>Addresses to try, in order. Nearly always it is one, which then costs no object.</summary>
internal struct AddressList
{
    private NetworkAddress _first;
    private List<NetworkAddress>? _others;

    public int Count { get; private set; }

    public readonly NetworkAddress this[int index] => index == 0 ? _first : _others![index - 1];

    public void Add(in NetworkAddress address)
    {
        if (Count++ == 0)
        {
            _first = address;
        }
        else
        {
            (_others ??= []).Add(address);
        }
    }

    public readonly bool Contains(in NetworkAddress address) =>
        Count > 0 && (_first == address || (_others is not null && _others.Contains(address)));
}
