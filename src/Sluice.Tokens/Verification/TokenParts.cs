using System.Buffers;
using System.Buffers.Text;
using Sluice.Tokens.Keys;

namespace Sluice.Tokens.Verification;

/// <summary>The three parts of a token, each in canonical base64url, so that a token has only one spelling.</summary>
internal readonly ref struct TokenParts
{
    private TokenParts(ReadOnlySpan<char> token, int header, int payload)
    {
        Header = token[..header];
        Payload = token.Slice(header + 1, payload);
        Signature = token[(header + payload + 2)..];
        Signed = token[..(header + 1 + payload)];
    }

    public ReadOnlySpan<char> Header { get; }

    public ReadOnlySpan<char> Payload { get; }

    public ReadOnlySpan<char> Signature { get; }

    /// <summary>Header, dot and payload, which the signature covers.</summary>
    public ReadOnlySpan<char> Signed { get; }

    /// <summary>
    /// Splits a token. Returns false unless it has exactly three parts, each canonical and not empty. Five parts would be an encrypted
    /// token.
    /// </summary>
    public static bool TrySplit(ReadOnlySpan<char> token, out TokenParts parts)
    {
        parts = default;
        int header = token.IndexOf('.');
        int payload = header < 0 ? -1 : token[(header + 1)..].IndexOf('.');
        if (payload < 0)
        {
            return false;
        }

        parts = new TokenParts(token, header, payload);
        return CanonicalBase64Url.IsValid(parts.Header)
            && CanonicalBase64Url.IsValid(parts.Payload)
            && CanonicalBase64Url.IsValid(parts.Signature);
    }

    /// <summary>Finds the payload of a token that is not verified. Its signature may be missing.</summary>
    public static bool TryFindPayload(ReadOnlySpan<char> token, out ReadOnlySpan<char> payload)
    {
        int header = token.IndexOf('.');
        int length = header < 0 ? -1 : token[(header + 1)..].IndexOf('.');
        payload = length < 0 ? default : token.Slice(header + 1, length);
        return length > 0 && !token[(header + length + 2)..].Contains('.');
    }

    /// <summary>Decodes canonical base64url into a rented buffer.</summary>
    public static RentedBytes Decode(ReadOnlySpan<char> part)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Base64Url.GetMaxDecodedLength(part.Length));
        return new RentedBytes(buffer, Base64Url.DecodeFromChars(part, buffer));
    }
}
