using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>An address to listen on; empty = all addresses.</summary>
internal sealed class AddressKind : ValueKind<IPAddress?>
{
    public override RawKind Form => RawKind.Text;

    public override string Range => "an IPv4 or IPv6 address, or \"\" for all";

    public override string Write(IPAddress? value) => $"\"{value}\"";

    /// <summary>Reads an address, but not the other forms of the framework: "1", "127.1", "0x7f000001", brackets and ports.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address)
        && (address.AddressFamily == AddressFamily.InterNetwork
            ? string.Equals(address.ToString(), text, StringComparison.Ordinal)
            : !text.Contains('[', StringComparison.Ordinal));

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out IPAddress? value)
    {
        value = null;
        if (raw.Kind != RawKind.Text)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (raw.Text.Length == 0 || TryParse(raw.Text, out value))
        {
            return true;
        }

        fault(raw.Origin, $"{Quoted.Text(raw.Text)} is no address; write {Range}, for example \"127.0.0.1\" or \"::1\"");
        return false;
    }
}
