using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Gateway.Routing;

/// <summary>Strict readings of addresses, names and ports: one text has one meaning, here and wherever it is dialled.</summary>
internal static class HostText
{
    private const int MaxNameChars = 253;
    private const int MaxLabelChars = 63;

    private static readonly SearchValues<char> IPv6Chars = SearchValues.Create("0123456789abcdefABCDEF:.");
    private static readonly SearchValues<char> LabelChars =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    /// <summary>1 to 65535, plain decimal: no sign, no blank, no leading zero.</summary>
    public static bool TryParsePort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        return text.Length is >= 1 and <= 5
            && text[0] != '0'
            && IsDigits(text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port <= ushort.MaxValue;
    }

    /// <summary>0 to 999, plain decimal without leading zeros.</summary>
    public static bool TryParseNumber(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        return text.Length is >= 1 and <= 3
            && (text[0] != '0' || text.Length == 1)
            && IsDigits(text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Four decimal numbers without leading zeros.</summary>
    public static bool TryParseIPv4(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        Span<byte> bytes = stackalloc byte[4];
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            if (parts == 4
                || part.Length is 0 or > 3
                || (part.Length > 1 && part[0] == '0')
                || !IsDigits(part)
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[parts]))
            {
                return false;
            }

            parts++;
        }

        if (parts != 4)
        {
            return false;
        }

        address = new IPAddress(bytes);
        return true;
    }

    /// <summary>RFC 4291 2.2 without a zone.</summary>
    public static bool TryParseIPv6(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return text.Length is >= 2 and <= 45
            && !text.ContainsAnyExcept(IPv6Chars)
            && text.Contains(':')
            && HasPlainIPv4Tail(text)
            && IPAddress.TryParse(text, out address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    /// <summary>A DNS name (RFC 1123 2.1, and underscores): not empty labels, and a last one that is not a number.</summary>
    public static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.EndsWith('.'))
        {
            text = text[..^1];
        }

        if (text.Length is 0 or > MaxNameChars)
        {
            return false;
        }

        ReadOnlySpan<char> last = default;
        foreach (Range range in text.Split('.'))
        {
            last = text[range];
            if (last.Length is 0 or > MaxLabelChars || last[0] == '-' || last[^1] == '-' || last.ContainsAnyExcept(LabelChars))
            {
                return false;
            }
        }

        return !LooksNumeric(last);
    }

    /// <summary>Asked besides the framework's parsers, which pass over NULs at the end.</summary>
    private static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static bool LooksNumeric(ReadOnlySpan<char> label) =>
        IsDigits(label)
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && AllHex(label[2..]));

    private static bool AllHex(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The embedded IPv4 of <c>::ffff:192.0.2.1</c> is held to the same rules as one that stands alone.</summary>
    private static bool HasPlainIPv4Tail(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> tail = text[(text.LastIndexOf(':') + 1)..];
        return !tail.Contains('.') || TryParseIPv4(tail, out _);
    }
}
