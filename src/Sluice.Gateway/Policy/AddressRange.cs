using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Routing;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>
/// A range of addresses in CIDR form. IPv4 and its IPv6-mapped form are one and the same; a range of IPv6 around the mapped form, such as
/// <c>::/0</c>, means IPv6 alone.
/// </summary>
public readonly record struct AddressRange
{
    /// <summary>IPv4 in its mapped form: <c>::ffff:0:0/96</c>.</summary>
    private static readonly AddressRange AllIPv4 = new((UInt128)0xffff << 32, 96);

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

    /// <summary>Length of the prefix in bits, 0 to 128; IPv4 counts in its mapped form, so that a /8 has 104.</summary>
    internal int Bits => (int)UInt128.PopCount(_mask);

    /// <summary>Whether the range is one of IPv4.</summary>
    internal bool IsIPv4 => (_network & AllIPv4._mask) == AllIPv4._network && _mask >= AllIPv4._mask;

    /// <summary>The lowest and the highest address in their IPv6 form; of a range around IPv4, those on either side of it.</summary>
    internal IEnumerable<(UInt128 First, UInt128 Last)> Spans => IsAroundIPv4
        ? [(_network, AllIPv4._network - 1), (AllIPv4.Highest + 1, Highest)]
        : [(_network, Highest)];

    private UInt128 Highest => _network | ~_mask;

    /// <summary>Whoever writes <c>::/0</c> means IPv6, as in every firewall; that IPv4 is kept as a part of it is our own affair.</summary>
    private bool IsAroundIPv4 => (AllIPv4._network & _mask) == _network && _mask < AllIPv4._mask;

    /// <summary>True for an address inside; its port does not matter.</summary>
    public bool Contains(in NetworkAddress address) => Contains(ToNumber(address));

    /// <summary>The same for an address as <see cref="ToNumber"/> has it.</summary>
    internal bool Contains(UInt128 address) =>
        (address & _mask) == _network && (_mask >= AllIPv4._mask || (address & AllIPv4._mask) != AllIPv4._network);

    /// <summary>As <c>10.0.0.0/8</c>; a single address without the number of its bits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _network);
        var network = new IPAddress(bytes);
        string text = (IsIPv4 ? network.MapToIPv4() : network).ToString();
        return Bits == 128 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}/{(IsIPv4 ? Bits - 96 : Bits)}");
    }

    /// <summary>The network that an address is in.</summary>
    /// <param name="address">An address; an IPv6 zone is ignored.</param>
    /// <param name="prefixBits">Length of its prefix: 0 to 32 for IPv4, 0 to 128 for IPv6.</param>
    internal static AddressRange Around(IPAddress address, int prefixBits) => new(
        ToNumber(NetworkAddress.From(address, 0)),
        address.AddressFamily == AddressFamily.InterNetwork ? Math.Clamp(prefixBits, 0, 32) + 96 : Math.Clamp(prefixBits, 0, 128));

    internal static AddressRange Parse(string text) =>
        TryParse(text, out AddressRange range) ? range : throw new ArgumentException($"'{text}' is no address range.", nameof(text));

    internal static UInt128 ToNumber(in NetworkAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteIPv6(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
