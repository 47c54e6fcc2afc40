using System.Net;
using Sluice.Gateway.Dialing;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A list of addresses of this machine that connections can come from.</summary>
internal sealed class AddressListKind : ValueKind<IReadOnlyList<IPAddress>>
{
    private const int MaxAddresses = 1000;

    public override RawKind Form => RawKind.List;

    public override string Range => "a list of IPv4 and IPv6 addresses";

    public override string Write(IReadOnlyList<IPAddress> value) =>
        $"[{string.Join(", ", value.Select(address => $"\"{address}\""))}]";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out IReadOnlyList<IPAddress> value)
    {
        value = [];
        if (raw.Kind != RawKind.List)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (raw.Items.Count > MaxAddresses)
        {
            fault(raw.Origin, FormattableString.Invariant($"{raw.Items.Count} addresses are too many; write at most {MaxAddresses}"));
            return false;
        }

        var addresses = new List<IPAddress>(raw.Items.Count);
        foreach (RawValue item in raw.Items)
        {
            if (item.Kind != RawKind.Text || !AddressKind.TryParse(item.Text, out IPAddress? address))
            {
                fault(item.Origin, $"found {item.Describe()}, which is no address; write for example \"10.0.0.5\" or \"2001:db8::5\"");
            }
            else if (!SourceAddress.CanBeUsed(address))
            {
                fault(
                    item.Origin,
                    $"found {item.Describe()}; no connection to a backend can come from there: "
                    + "write an address of this machine, not a link-local one");
            }
            else
            {
                addresses.Add(address);
            }
        }

        value = addresses;
        return addresses.Count == raw.Items.Count;
    }
}
