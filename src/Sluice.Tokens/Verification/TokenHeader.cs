using System.Text.Json;
using Sluice.Tokens.Keys;

namespace Sluice.Tokens.Verification;

/// <summary>What the first part of a token says: how it is signed, and with which key. A key that it brings along or points at is never looked at.</summary>
internal sealed class TokenHeader : IJsonMembers
{
    /// <summary>Longest header, in bytes.</summary>
    public const int MaxBytes = 2048;

    private const int MaxKeyIdChars = 256;

    private string? _algorithm;

    private TokenHeader()
    {
    }

    public JwtAlgorithm Algorithm { get; private set; } = null!;

    /// <summary><c>kid</c>, or null where there is none.</summary>
    public string? KeyId { get; private set; }

    /// <summary>Reads a header; null where it is malformed, asks for what is not done here, or names another algorithm than these.</summary>
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
                // What has to be understood and is not (RFC 7515, section 4.1.11), unencoded payloads, and encryption.
                return false;
            default:
                return StrictJson.TrySkip(ref value);
        }
    }
}
