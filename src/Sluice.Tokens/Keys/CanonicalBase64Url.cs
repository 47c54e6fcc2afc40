using System.Buffers;

namespace Sluice.Tokens.Keys;

/// <summary>Base64url without padding (RFC 4648, section 5) in the one spelling that its bytes have.</summary>
internal static class CanonicalBase64Url
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Returns whether a text has only letters of the alphabet, a possible length, and no bits after the last byte.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length > 0
        && !text.ContainsAnyExcept(Alphabet)
        && (text.Length % 4) switch
        {
            0 => true,
            2 => (Value(text[^1]) & 0b1111) == 0,
            3 => (Value(text[^1]) & 0b0011) == 0,
            _ => false,
        };

    private static int Value(char letter) => letter switch
    {
        >= 'A' and <= 'Z' => letter - 'A',
        >= 'a' and <= 'z' => letter - 'a' + 26,
        >= '0' and <= '9' => letter - '0' + 52,
        '-' => 62,
        _ => 63,
    };
}
