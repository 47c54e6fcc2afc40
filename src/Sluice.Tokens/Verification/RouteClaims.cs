using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sluice.Gateway.Routing;
using Sluice.Transport;

namespace Sluice.Tokens.Verification;

/// <summary>The claims of a token: where its client is routed, and when and from where it may be used. Immutable.</summary>
internal sealed class RouteClaims : IJsonMembers
{
    /// <summary>The last second of the year 9999. Anything later is a mistake.</summary>
    private const double LastSecond = 253_402_300_799;

    /// <summary>Up to this length, the framework's decimal is exact.</summary>
    private const int MaxPortChars = 24;

    private const int MaxIdChars = 1024;

    private string? _host;
    private string? _issuer;
    private string? _id;
    private int _port;
    private BackendProtocol _protocol;

    private RouteClaims()
    {
    }

    /// <summary>The backend, if the token names a host.</summary>
    public Resolution Backend { get; private set; }

    /// <summary>The node to look up, if the token names one.</summary>
    public string? Node { get; private set; }

    /// <summary><c>exp</c> as seconds since 1970, or null.</summary>
    public double? Expires { get; private set; }

    /// <summary><c>nbf</c> as seconds since 1970, or null.</summary>
    public double? NotBefore { get; private set; }

    /// <summary>The only address that may use the token, without a port; null = any.</summary>
    public NetworkAddress? Client { get; private set; }

    /// <summary>A hash of <c>iss</c> and <c>jti</c> together; null without <c>jti</c>.</summary>
    public UInt128? Id { get; private set; }

    /// <summary>Reads a payload. A problem is described without repeating any of it.</summary>
    public static RouteClaims? Read(ReadOnlySpan<byte> json, out string? problem)
    {
        var claims = new RouteClaims();
        problem = StrictJson.TryRead(json, claims) ? claims.Complete() : "its claims are malformed, or one is repeated";
        return problem is null ? claims : null;
    }

    /// <inheritdoc/>
    public bool TryTake(string name, ref Utf8JsonReader value)
    {
        switch (name)
        {
            case "host":
                return TryText(ref value, out _host);
            case "port":
                return TryPort(ref value);
            case "node":
                bool named = TryText(ref value, out string? node);
                Node = node;
                return named;
            case "protocol":
                return TryProtocol(ref value);
            case "exp":
                Expires = Seconds(ref value);
                return Expires is not null;
            case "nbf":
                NotBefore = Seconds(ref value);
                return NotBefore is not null;
            case "iat":
                return Seconds(ref value) is not null;
            case "client_ip":
                return TryClient(ref value);
            case "jti":
                return TryText(ref value, out _id) && _id.Length <= MaxIdChars;
            case "iss":
                return TryText(ref value, out _issuer) && _issuer.Length <= MaxIdChars;
            case "aud":
                return TryTexts(ref value);
            default:
                return StrictJson.TrySkip(ref value);
        }
    }

    private string? Complete()
    {
        if (_id is not null)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes($"{_issuer?.Length ?? -1}:{_issuer}{_id}"), hash);
            Id = new UInt128(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
        }

        if (Node is not null)
        {
            // Two destinations would be ambiguous. The registry decides the protocol of a node.
            return _host is null && _port == 0 && _protocol == default ? null : "it names a node and a host, port or protocol";
        }

        if (_host is null || _port == 0)
        {
            return "it lacks host or port, or node";
        }

        if (!Gateway.Routing.Backend.TryParse(_host, _port, _protocol, out Backend? backend))
        {
            return "its host is neither an address nor a name";
        }

        Backend = Resolution.To(backend);
        return null;
    }

    private static bool TryText(ref Utf8JsonReader value, [NotNullWhen(true)] out string? text)
    {
        text = value.TokenType == JsonTokenType.String ? value.GetString() : null;
        return !string.IsNullOrEmpty(text);
    }

    /// <summary>Reads one text, or a list of texts.</summary>
    private static bool TryTexts(ref Utf8JsonReader value)
    {
        if (value.TokenType != JsonTokenType.StartArray)
        {
            return value.TokenType == JsonTokenType.String;
        }

        while (value.Read() && value.TokenType != JsonTokenType.EndArray)
        {
            if (value.TokenType != JsonTokenType.String)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a whole number. JSON has one kind of number, and some issuers write 7083 as 7083.0.</summary>
    private bool TryPort(ref Utf8JsonReader value)
    {
        if (value.TokenType != JsonTokenType.Number
            || value.ValueSpan.Length > MaxPortChars
            || !value.TryGetDecimal(out decimal number)
            || number is < 1 or > ushort.MaxValue
            || number != decimal.Truncate(number))
        {
            return false;
        }

        _port = (int)number;
        return true;
    }

    private bool TryProtocol(ref Utf8JsonReader value)
    {
        _protocol = value.TokenType != JsonTokenType.String ? default
            : value.ValueTextEquals("tcp"u8) ? BackendProtocol.Tcp
            : value.ValueTextEquals("kcp"u8) ? BackendProtocol.Kcp
            : default;
        return _protocol != default;
    }

    /// <summary>Reads a NumericDate (RFC 7519, section 2), which may have a fraction.</summary>
    private static double? Seconds(ref Utf8JsonReader value) =>
        value.TokenType == JsonTokenType.Number && value.TryGetDouble(out double seconds) && seconds is >= 0 and <= LastSecond
            ? seconds
            : null;

    private bool TryClient(ref Utf8JsonReader value)
    {
        if (!TryText(ref value, out string? text)
            || !IPAddress.TryParse(text, out IPAddress? address)
            || text.AsSpan().ContainsAny('%', '[')
            || (!text.Contains(':', StringComparison.Ordinal) && !string.Equals(address.ToString(), text, StringComparison.Ordinal)))
        {
            return false;
        }

        Client = NetworkAddress.From(address, 0);
        return true;
    }
}
