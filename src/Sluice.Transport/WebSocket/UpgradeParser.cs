using System.Buffers;
using System.Text;

namespace Sluice.Transport.WebSocket;

/// <summary>Reads the head of an HTTP/1.1 request strictly: if two readers could understand it differently, it is rejected.</summary>
/// <remarks>
/// Only what a WebSocket client may send is taken: GET, a target in origin form or absolute form, CRLF lines, no body. A bare CR or LF, a
/// folded line, a
/// blank before a colon, a control byte, a second Host, any Transfer-Encoding, any Content-Length but 0 are rejected (RFC 9112, RFC 6455
/// section 4.2.1).
/// </remarks>
internal static class UpgradeParser
{
    /// <summary>Longest request line, and longest head in all.</summary>
    public const int MaxRequestLineBytes = 8 * 1024;
    public const int MaxHeadBytes = 16 * 1024;
    private const int MaxHeaders = 100;

    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>The headers that mean something here. All are checked, but only these are kept: a browser sends many more.</summary>
    private static readonly string[] Kept =
    [
        "Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
        "Origin", "Cookie", "Content-Length", "Transfer-Encoding", "server-identify", "X-Forwarded-For",
    ];

    private static readonly string[] Schemes = ["http", "https", "ws", "wss"];

    private static readonly string[] Single =
        ["Host", "Content-Length", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Origin"];

    /// <summary>Reads what came so far.</summary>
    /// <param name="data">Everything from the first byte.</param>
    /// <param name="checkedBytes">How much of it an earlier call has looked at.</param>
    /// <param name="consumed">How many bytes the head has, if it is complete.</param>
    /// <param name="request">The request, if it is valid.</param>
    public static UpgradeStatus Parse(ReadOnlySpan<byte> data, int checkedBytes, out int consumed, out UpgradeRequest? request)
    {
        consumed = 0;
        request = null;
        UpgradeStatus status = FindEnd(data, checkedBytes, out int end);
        if (end < 0 || status != UpgradeStatus.Incomplete)
        {
            return status;
        }

        consumed = end;
        ReadOnlySpan<byte> head = data[..(end - 2)];
        int line = head.IndexOf("\r\n"u8);
        status = ParseRequestLine(head[..line], out string target);
        if (status != UpgradeStatus.Incomplete)
        {
            return status;
        }

        var headers = new List<KeyValuePair<string, string>>(capacity: 8);
        status = ParseHeaders(head[(line + 2)..], headers);
        return status != UpgradeStatus.Incomplete ? status : Judge(target, headers, out request);
    }

    /// <summary>Looks for the empty line, and at every byte before it.</summary>
    private static UpgradeStatus FindEnd(ReadOnlySpan<byte> data, int checkedBytes, out int end)
    {
        end = -1;
        int bound = Math.Min(data.Length, MaxHeadBytes);

        // The last byte that was looked at may have been a CR that waits for its LF.
        for (int i = Math.Max(0, checkedBytes - 1); i < bound; i++)
        {
            byte b = data[i];
            if (b == '\r')
            {
                if (i + 1 < data.Length && data[i + 1] != '\n')
                {
                    return UpgradeStatus.BadRequest;
                }
            }
            else if (b == '\n')
            {
                if (i == 0 || data[i - 1] != '\r')
                {
                    return UpgradeStatus.BadRequest;
                }

                if (i == 1)
                {
                    // An empty line before the request is something that only sloppy clients, and smugglers, send.
                    return UpgradeStatus.BadRequest;
                }

                if (i >= 3 && data[i - 2] == '\n')
                {
                    end = i + 1;
                    return UpgradeStatus.Incomplete;
                }
            }
            else if ((b < ' ' && b != '\t') || b == 0x7f)
            {
                return UpgradeStatus.BadRequest;
            }
        }

        if (data.Length > MaxRequestLineBytes && data[..MaxRequestLineBytes].IndexOf((byte)'\n') < 0)
        {
            return UpgradeStatus.UriTooLong;
        }

        return data.Length >= MaxHeadBytes ? UpgradeStatus.HeadersTooLarge : UpgradeStatus.Incomplete;
    }

    private static UpgradeStatus ParseRequestLine(ReadOnlySpan<byte> line, out string target)
    {
        target = "";
        if (line.Length > MaxRequestLineBytes)
        {
            return UpgradeStatus.UriTooLong;
        }

        int first = line.IndexOf((byte)' ');
        int last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last == first)
        {
            return UpgradeStatus.BadRequest;
        }

        ReadOnlySpan<byte> method = line[..first];
        ReadOnlySpan<byte> path = line[(first + 1)..last];
        if (method.ContainsAnyExcept(TokenBytes) || !line[(last + 1)..].SequenceEqual("HTTP/1.1"u8))
        {
            return UpgradeStatus.BadRequest;
        }

        if (!method.SequenceEqual("GET"u8))
        {
            return UpgradeStatus.MethodNotAllowed;
        }

        if (path.IsEmpty || path.ContainsAnyExceptInRange((byte)'!', (byte)'~') || path.Contains((byte)'#'))
        {
            return UpgradeStatus.BadRequest;
        }

        target = Encoding.Latin1.GetString(path);
        return target[0] == '/' || TryReduceToOriginForm(ref target) ? UpgradeStatus.Incomplete : UpgradeStatus.BadRequest;
    }

    /// <summary>
    /// Takes scheme and authority off a target in absolute form, which every server must accept (RFC 9112 section 3.2.2). The authority
    /// takes the place of
    /// <c>Host</c>, so it is held to the same rules.
    /// </summary>
    private static bool TryReduceToOriginForm(ref string target)
    {
        int start = target.IndexOf("://", StringComparison.Ordinal) + 3;
        if (start < 3 || !Schemes.Contains(target[..(start - 3)], StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        int length = target.AsSpan(start).IndexOfAny('/', '?');
        int end = length < 0 ? target.Length : start + length;
        bool isValid = HostHeader.IsValid(target.AsSpan(start, end - start));
        string rest = target[end..];
        target = rest is ['/', ..] ? rest : "/" + rest;
        return isValid;
    }

    private static UpgradeStatus ParseHeaders(ReadOnlySpan<byte> lines, List<KeyValuePair<string, string>> headers)
    {
        for (int count = 0; !lines.IsEmpty; count++)
        {
            int end = lines.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = lines[..end];
            lines = lines[(end + 2)..];
            int colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAnyExcept(TokenBytes))
            {
                return UpgradeStatus.BadRequest;
            }

            if (count == MaxHeaders)
            {
                return UpgradeStatus.HeadersTooLarge;
            }

            foreach (string name in Kept)
            {
                if (Ascii.EqualsIgnoreCase(line[..colon], name))
                {
                    headers.Add(new(name, Encoding.Latin1.GetString(line[(colon + 1)..].Trim(" \t"u8))));
                    break;
                }
            }
        }

        return UpgradeStatus.Incomplete;
    }

    private static UpgradeStatus Judge(string target, List<KeyValuePair<string, string>> headers, out UpgradeRequest? request)
    {
        request = null;
        bool ambiguous = Single.Any(name => headers.Count(header => Is(header.Key, name)) > 1)
            || headers.Exists(header => Is(header.Key, "Transfer-Encoding"));
        string? host = Find(headers, "Host");
        if (ambiguous
            || !HostHeader.IsValid(host)
            || Find(headers, "Content-Length") is not (null or "0"))
        {
            return UpgradeStatus.BadRequest;
        }

        string nonce = Find(headers, "Sec-WebSocket-Key") ?? "";
        var candidate = new UpgradeRequest(target, headers, nonce);
        if (Find(headers, "Upgrade") is null)
        {
            return UpgradeStatus.UpgradeRequired;
        }

        if (!candidate.Items("Upgrade").Any(item => Is(item, "websocket"))
            || !candidate.Items("Connection").Any(item => Is(item, "upgrade"))
            || !IsNonce(nonce)
            || !AreProtocols([.. candidate.Protocols]))
        {
            return UpgradeStatus.BadRequest;
        }

        switch (Find(headers, "Sec-WebSocket-Version"))
        {
            case "13":
                request = candidate;
                return UpgradeStatus.SwitchingProtocols;
            case null:
                return UpgradeStatus.BadRequest;
            default:
                return UpgradeStatus.UpgradeRequired;
        }
    }

    /// <summary>
    /// 16 bytes in base64. Bits after the last byte mean nothing, and RFC 6455 does not ask that they are zero.
    /// </summary>
    private static bool IsNonce(string text)
    {
        Span<byte> bytes = stackalloc byte[16];
        return text.Length == 24 && Convert.TryFromBase64String(text, bytes, out int count) && count == 16;
    }

    private static bool AreProtocols(string[] protocols) =>
        Array.TrueForAll(protocols, protocol => !Encoding.Latin1.GetBytes(protocol).AsSpan().ContainsAnyExcept(TokenBytes))
        && protocols.Distinct(StringComparer.Ordinal).Count() == protocols.Length;

    private static string? Find(List<KeyValuePair<string, string>> headers, string name)
    {
        foreach (KeyValuePair<string, string> header in headers)
        {
            if (Is(header.Key, name))
            {
                return header.Value;
            }
        }

        return null;
    }

    private static bool Is(string name, string expected) => string.Equals(name, expected, StringComparison.OrdinalIgnoreCase);
}
