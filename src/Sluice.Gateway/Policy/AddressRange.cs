using System.Buffers.Binary;
using System.Net;
using Sluice.Gateway.Routing;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>A range of addresses in CIDR form. IPv4 and its IPv6-mapped form are one and the same.</summary>
public readonly record struct AddressRange
{
    private readonly UInt128 _network;
    private readonly UInt128 _mask;

    private AddressRange(UInt128 address, int prefixBits)
    {
        _mask = prefixBits == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - prefixBits);
        _network = address & _mask;
    }

    /// <summary>Reads <c>10.0.0.0/8</c>, <c>2001:db8::/32</c> or one address.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out AddressRange range)
    {
        range = default;
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> host = slash < 0 ? text : text[..slash];
        bool isIPv4 = HostText.TryParseIPv4(host, out IPAddress? address);
        if (!isIPv4 && !HostText.TryParseIPv6(host, out address))
        {
            return false;
        }

        int width = isIPv4 ? 32 : 128;
        int bits = width;
        if (slash >= 0 && (!HostText.TryParseNumber(text[(slash + 1)..], out bits) || bits > width))
        {
            return false;
        }

        range = new AddressRange(ToNumber(NetworkAddress.From(address!, 0)), bits + 128 - width);
        return true;
    }

    /// <summary>True for an address inside; its port does not matter.</summary>
    public bool Contains(in NetworkAddress address) => (ToNumber(address) & _mask) == _network;

    internal static AddressRange Parse(string text) =>
        TryParse(text, out AddressRange range) ? range : throw new ArgumentException($"'{text}' is no address range.", nameof(text));

    private static UInt128 ToNumber(in NetworkAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteIPv6(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
