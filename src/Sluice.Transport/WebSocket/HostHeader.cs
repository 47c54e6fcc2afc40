using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Transport.WebSocket;

/// <summary>The value of <c>Host</c>: a name or an address, and perhaps a port (RFC 9110 section 7.2, RFC 3986 section 3.2.2).</summary>
internal static class HostHeader
{
    /// <summary>
    /// A name's characters, but for the percent sign, and for the comma, which would make two hosts of it to some readers.
    /// </summary>
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!$&'()*+;=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Whether it is one.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf(']') + 1;
        if (end == 0)
        {
            end = text.IndexOf(':') is >= 0 and var colon ? colon : text.Length;
        }

        ReadOnlySpan<char> host = text[..end];
        return IsPort(text[end..]) && (host is ['[', .. var address, ']'] ? IsAddress(address) : IsName(host));
    }

    private static bool IsAddress(ReadOnlySpan<char> text) =>
        !text.Contains('%') && IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static bool IsName(ReadOnlySpan<char> text)
    {
        bool valid = !text.IsEmpty;
        for (int i = 0; valid && i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                valid = i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]);
                i += 2;
            }
            else
            {
                valid = NameCharacters.Contains(text[i]);
            }
        }

        return valid;
    }

    /// <summary>Nothing, or a colon and a port, which may be empty.</summary>
    private static bool IsPort(ReadOnlySpan<char> text) =>
        text is "" or ":" || (text[0] == ':' && ushort.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
