using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>Finds the route key in the upgrade request: in a header, the query, a subprotocol or a cookie, in this order.</summary>
internal static class WebSocketRouteKey
{
    private const string Name = "server-identify";
    private const string ProtocolPrefix = Name + ".";

    /// <summary>Finds the key's bytes. Returns false if the request has none; empty ones count as none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">The key; empty if its encoding is wrong (base64url, percent-encoding).</param>
    public static bool TryFind(UpgradeRequest request, out byte[] key)
    {
        if (request.Last(Name) is { Length: > 0 } header)
        {
            key = Encoding.Latin1.GetBytes(header);
            return true;
        }

        if (Parameter(request.Query) is { Length: > 0 } parameter)
        {
            key = PercentDecoded(parameter);
            return true;
        }

        if (ProtocolOf(request) is { } protocol)
        {
            key = FromBase64Url(protocol[ProtocolPrefix.Length..]);
            return true;
        }

        if (Cookie(request) is { Length: > 0 } cookie)
        {
            key = PercentDecoded(cookie);
            return true;
        }

        key = [];
        return false;
    }

    /// <summary>Returns whether a subprotocol carries a key.</summary>
    public static bool Carries(string protocol) =>
        protocol.Length > ProtocolPrefix.Length && protocol.StartsWith(ProtocolPrefix, StringComparison.Ordinal);

    /// <summary>Decodes the key. Returns false if it is empty, too long, or not UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, int maxBytes, out string key)
    {
        bool good = bytes.Length > 0 && bytes.Length <= maxBytes && Utf8.IsValid(bytes);
        key = good ? Encoding.UTF8.GetString(bytes) : "";
        return good;
    }

    private static string? ProtocolOf(UpgradeRequest request) => request.Protocols.FirstOrDefault(Carries);

    private static string? Parameter(string query)
    {
        foreach (string pair in query.Split('&'))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && pair.AsSpan(0, equals).SequenceEqual(Name))
            {
                return pair[(equals + 1)..];
            }
        }

        return null;
    }

    private static string? Cookie(UpgradeRequest request)
    {
        foreach (KeyValuePair<string, string> header in request.Headers)
        {
            if (!string.Equals(header.Key, "Cookie", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (string pair in header.Value.Split(';', StringSplitOptions.TrimEntries))
            {
                int equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0 && pair.AsSpan(0, equals).SequenceEqual(Name))
                {
                    return pair[(equals + 1)..].Trim('"');
                }
            }
        }

        return null;
    }

    /// <summary>
    /// Decodes percent-encoding. A plus stays a plus: keys are not forms. A percent sign without two digits makes the key unreadable.
    /// </summary>
    private static byte[] PercentDecoded(string text)
    {
        byte[] bytes = new byte[text.Length];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes[count++] = (byte)text[i];
                continue;
            }

            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                return [];
            }

            bytes[count++] = Convert.FromHexString(text.AsSpan(i + 1, 2))[0];
            i += 2;
        }

        return bytes[..count];
    }

    private static byte[] FromBase64Url(string text)
    {
        byte[] bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out int count) ? bytes[..count] : [];
    }
}
