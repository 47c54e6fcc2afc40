using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Sluice.Gateway.Routing;
using Sluice.Transport;

namespace Sluice.Gateway.ProxyProtocol;

/// <summary>Version 1: one line of text (section 2.1 of the specification).</summary>
internal static class ProxyHeaderV1
{
    /// <summary>Longest line, CR and LF included.</summary>
    public const int MaxBytes = 107;

    private static ReadOnlySpan<byte> Prefix => "PROXY "u8;

    /// <summary>Reads a line from its first byte on.</summary>
    public static ProxyHeaderStatus Parse(ReadOnlySpan<byte> data, out int length, out ProxyHeader header)
    {
        header = default;
        length = 0;
        int prefix = Math.Min(data.Length, Prefix.Length);
        if (!data[..prefix].SequenceEqual(Prefix[..prefix]))
        {
            return ProxyHeaderStatus.Invalid;
        }

        int cr = data[..Math.Min(data.Length, MaxBytes - 1)].IndexOf((byte)'\r');
        if (cr < 0)
        {
            return data.Length < MaxBytes - 1 ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Invalid;
        }

        if (cr + 1 == data.Length)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        length = cr + 2;
        return data[cr + 1] == '\n' && cr >= Prefix.Length ? ParseLine(data[Prefix.Length..cr], out header) : ProxyHeaderStatus.Invalid;
    }

    /// <summary>Writes a line. Where the two families differ, both are written as IPv6.</summary>
    public static byte[] Write(in NetworkAddress source, in NetworkAddress destination)
    {
        bool ipv4 = source.IsIPv4 && destination.IsIPv4;
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"PROXY {(ipv4 ? "TCP4" : "TCP6")} {Text(source, ipv4)} {Text(destination, ipv4)} {source.Port} {destination.Port}\r\n"));
    }

    private static ProxyHeaderStatus ParseLine(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        Span<char> chars = stackalloc char[MaxBytes];
        ReadOnlySpan<char> line = chars[..Encoding.Latin1.GetChars(bytes, chars)];
        if (line.StartsWith("UNKNOWN", StringComparison.Ordinal) && (line.Length == 7 || line[7] == ' '))
        {
            // The rest of the line is ignored.
            return ProxyHeaderStatus.Complete;
        }

        Span<Range> parts = stackalloc Range[6];
        if (line.Split(parts, ' ') != 5
            || !TryParseSource(line[parts[0]], line[parts[1]], out IPAddress? source)
            || !TryParseDestination(line[parts[2]], out IPAddress? destination)
            || !TryParsePort(line[parts[3]], out ushort sourcePort)
            || !TryParsePort(line[parts[4]], out ushort destinationPort))
        {
            return ProxyHeaderStatus.Invalid;
        }

        header = ProxyHeader.Of(
            NetworkAddress.From(source, sourcePort), destination is null ? null : NetworkAddress.From(destination, destinationPort));
        return ProxyHeaderStatus.Complete;
    }

    private static bool TryParseSource(ReadOnlySpan<char> family, ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return family switch
        {
            "TCP4" => HostText.TryParseIPv4(text, out address),
            "TCP6" => HostText.TryParseIPv6(text, out address),
            _ => false,
        };
    }

    /// <summary>
    /// Reads an address of either family, or a UNIX socket, which gives null. Proxies such as nginx and Envoy name the line after the
    /// family of the client, which another proxy before them may have announced, and write their own address as it is.
    /// </summary>
    private static bool TryParseDestination(ReadOnlySpan<char> text, out IPAddress? address) =>
        HostText.TryParseIPv4(text, out address)
        || HostText.TryParseIPv6(text, out address)
        || text.StartsWith("unix:", StringComparison.Ordinal);

    private static bool TryParsePort(ReadOnlySpan<char> text, out ushort port)
    {
        int number = 0;
        bool good = text.SequenceEqual("0") || HostText.TryParsePort(text, out number);
        port = (ushort)number;
        return good;
    }

    private static string Text(in NetworkAddress address, bool ipv4)
    {
        IPAddress ip = address.ToIPAddress();
        ip = ipv4 ? ip : ip.MapToIPv6();

        // Without the zone, which means nothing elsewhere.
        return ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? new IPAddress(ip.GetAddressBytes()).ToString()
            : ip.ToString();
    }
}
