using System.Diagnostics.CodeAnalysis;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>A prefix under which a NAT64 translator reaches IPv4 (RFC 6052), such as <c>64:ff9b::/96</c>.</summary>
public sealed class Nat64Prefix
{
    private readonly AddressRange _range;

    private Nat64Prefix(AddressRange range) => _range = range;

    /// <summary>Length of the prefix in bits.</summary>
    internal int Bits => _range.Bits;

    /// <summary>
    /// Reads a prefix: IPv6 in CIDR form with 32, 40, 48, 56, 64 or 96 bits (RFC 6052 2.2). Bits behind the prefix are ignored.
    /// </summary>
    /// <param name="text">The prefix.</param>
    /// <param name="prefix">The prefix that was read, or null.</param>
    /// <returns>False if the text is not such a prefix.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Nat64Prefix? prefix)
    {
        prefix = text is not null
            && AddressRange.TryParse(text, out AddressRange range)
            && range.Bits is 32 or 40 or 48 or 56 or 64 or 96
            && !range.IsIPv4
            ? new Nat64Prefix(range)
            : null;
        return prefix is not null;
    }

    /// <summary>Returns the prefix in CIDR form.</summary>
    public override string ToString() => _range.ToString();

    /// <summary>Returns true if the address is under the prefix, and the IPv4 address in it, with the same port.</summary>
    internal bool TryRead(in NetworkAddress address, out NetworkAddress embedded)
    {
        embedded = default;
        if (!_range.Contains(address))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.WriteIPv6(bytes);
        int start = Bits / 8;
        if (start < 12)
        {
            // Byte 8 is no part of the IPv4 address, wherever that begins.
            bytes[9..].CopyTo(bytes[8..]);
        }

        embedded = NetworkAddress.FromBytes(bytes.Slice(start, 4), address.Port);
        return true;
    }
}
