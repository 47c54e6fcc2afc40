using System.Text.Json;
using Sluice.Tokens.Keys;

namespace Sluice.Tokens.Verification;

/// <summary>
/// The first part of a token: how it is signed, and with which key. A key that the header contains or refers to is ignored.
/// </summary>
internal sealed class TokenHeader : IJsonMembers
{
    /// <summary>The longest header, in bytes.</summary>
    public const int MaxBytes = 2048;

    private const int MaxKeyIdChars = 256;

    private string? _algorithm;

    private TokenHeader()
    {
    }

    public JwtAlgorithm Algorithm { get; private set; } = null!;

    /// <summary><c>kid</c>; null if there is none.</summary>
    public string? KeyId { get; private set; }

    /// <summary>
    /// Reads a header. Returns null if it is malformed, requires something unsupported, or names an algorithm that is not allowed.
    /// </summary>
    public static TokenHeader? Read(ReadOnlySpan<byte> json, IReadOnlyList<JwtAlgorithm> allowed)
    {
        var header = new TokenHeader();
        if (json.Length > MaxBytes || !StrictJson.TryRead(json, header))
        {
            return null;
        }

        foreach (JwtAlgorithm algorithm in allowed)
        {
            if (string.Equals(algorithm.Name, header._algorithm, StringComparison.Ordinal))
            {
                header.Algorithm = algorithm;
                return header;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool TryTake(string name, ref Utf8JsonReader value)
    {
        switch (name)
        {
            case "alg":
                _algorithm = value.TokenType == JsonTokenType.String ? value.GetString() : null;
                return _algorithm is not null;
            case "kid":
                KeyId = value.TokenType == JsonTokenType.String ? value.GetString() : null;
                return KeyId is { Length: <= MaxKeyIdChars };
            case "crit" or "b64" or "enc" or "zip":
                // Critical extensions (RFC 7515, section 4.1.11), unencoded payloads, and encryption are not supported.
                return false;
            default:
                return StrictJson.TrySkip(ref value);
        }
    }
}
