using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Sluice.Gateway.Routing;

namespace Sluice.Gateway.Greeting;

/// <summary>An origin (RFC 6454) whose pages may connect, or every origin below a name.</summary>
/// <remarks>
/// <c>https://game.example</c> · <c>https://game.example:8443</c> · <c>https://*.game.example</c> · <c>file://</c> · <c>null</c>.
/// <c>*.</c> stands for one label or more, but not for none. Scheme and host are compared without regard to case, and a port that is the
/// default of its scheme equals none. <c>null</c> is what browsers send for sandboxed pages and, like <c>file://</c>, for pages opened from
/// a file.
/// </remarks>
public sealed class OriginPattern
{
    private const string Wildcard = "*.";

    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    private readonly Parts _parts;
    private readonly bool _isWildcard;

    private OriginPattern(in Parts parts, bool isWildcard)
    {
        _parts = parts;
        _isWildcard = isWildcard;
    }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern, without a path.</param>
    /// <param name="pattern">The pattern; null if the text is none.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out OriginPattern? pattern)
    {
        ArgumentNullException.ThrowIfNull(text);
        int host = text.IndexOf("://", StringComparison.Ordinal) + 3;
        bool isWildcard = host > 2 && text.AsSpan(host).StartsWith(Wildcard);
        bool good = TrySplit(isWildcard ? text.Remove(host, Wildcard.Length) : text, out Parts parts)
            && !(isWildcard && (parts.Host.Length == 0 || parts.IsAddress));
        pattern = good ? new OriginPattern(parts, isWildcard) : null;
        return good;
    }

    /// <summary>Returns whether the value of an <c>Origin</c> header is covered.</summary>
    public bool Matches(string origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        return TrySplit(origin, out Parts other)
            && string.Equals(_parts.Scheme, other.Scheme, StringComparison.OrdinalIgnoreCase)
            && _parts.Port == other.Port
            && (_isWildcard
                ? other.Host.EndsWith(_parts.Host, StringComparison.OrdinalIgnoreCase)
                    && other.Host.Length > _parts.Host.Length && other.Host[^(_parts.Host.Length + 1)] == '.'
                : string.Equals(_parts.Host, other.Host, StringComparison.OrdinalIgnoreCase));
    }

    private static bool TrySplit(string text, out Parts parts)
    {
        if (text is "null" or "file://")
        {
            parts = new Parts(text, "", 0, IsAddress: false);
            return true;
        }

        parts = default;
        int colon = text.IndexOf("://", StringComparison.Ordinal);
        if (colon <= 0 || !char.IsAsciiLetter(text[0]) || text.AsSpan(0, colon).ContainsAnyExcept(SchemeCharacters))
        {
            return false;
        }

        string scheme = text[..colon];
        string authority = text[(colon + 3)..];
        int hostEnd = authority.IndexOf(':', Math.Max(0, authority.IndexOf(']', StringComparison.Ordinal)));
        string host = hostEnd < 0 ? authority : authority[..hostEnd];
        int port = DefaultPort(scheme);
        bool isAddress = TryParseAddress(host, out string address);
        if ((!isAddress && !HostText.IsName(host)) || (hostEnd >= 0 && !HostText.TryParsePort(authority.AsSpan(hostEnd + 1), out port)))
        {
            return false;
        }

        parts = new Parts(scheme, isAddress ? address : host, port, isAddress);
        return true;
    }

    private static bool TryParseAddress(string host, out string address)
    {
        IPAddress? ip = null;
        bool good = host is ['[', .., ']']
            ? HostText.TryParseIPv6(host.AsSpan(1, host.Length - 2), out ip)
            : HostText.TryParseIPv4(host, out ip);
        address = ip?.ToString() ?? "";
        return good;
    }

    private static int DefaultPort(string scheme) =>
        string.Equals(scheme, "https", StringComparison.OrdinalIgnoreCase) ? 443
        : string.Equals(scheme, "http", StringComparison.OrdinalIgnoreCase) ? 80
        : 0;

    private readonly record struct Parts(string Scheme, string Host, int Port, bool IsAddress);
}
