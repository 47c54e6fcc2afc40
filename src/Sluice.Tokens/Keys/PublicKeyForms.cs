using System.Buffers;
using System.Buffers.Text;
using System.Formats.Asn1;
using System.Text;

namespace Sluice.Tokens.Keys;

/// <summary>Recognizes public keys in the usual forms. Used as a secret, such a key would let everybody sign.</summary>
internal static class PublicKeyForms
{
    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n"u8);

    /// <summary>The beginnings of keys as text: those of ssh-keygen, and JSON of any kind.</summary>
    private static readonly string[] Beginnings = ["ssh-", "ecdsa-sha2-", "---- BEGIN SSH2", "{", "["];

    /// <summary>Returns whether the file is JSON: a JWK, a JWKS, or the list of a JWKS.</summary>
    public static bool IsJson(ReadOnlySpan<byte> file) =>
        file.IndexOfAnyExcept(Blanks) is >= 0 and var first && file[first] is (byte)'{' or (byte)'[';

    /// <summary>Returns whether a file holds such a key.</summary>
    public static bool AreIn(ReadOnlySpan<byte> file)
    {
        string text = TextOf(file);
        return IsDer(file)
            || text.Contains("-----BEGIN ", StringComparison.Ordinal)
            || Array.Exists(Beginnings, beginning => text.StartsWith(beginning, StringComparison.Ordinal))
            || IsDerInBase64(text);
    }

    /// <summary>Returns whether a file holds the address of a key, which is not secret.</summary>
    public static bool IsAddress(ReadOnlySpan<byte> file) =>
        TextOf(file) is var text
        && (text.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Returns the file as ASCII. UTF-16, which some editors and shells write, is ASCII with a zero beside each letter, after a byte order
    /// mark.
    /// </summary>
    private static string TextOf(ReadOnlySpan<byte> file) =>
        Encoding.Latin1.GetString(file)
            .Replace("\0", "", StringComparison.Ordinal)
            .TrimStart('\xff', '\xfe', '\xef', '\xbb', '\xbf')
            .Trim();

    /// <summary>Returns whether a text is the body of a PEM without its marker lines, as many tools expect it.</summary>
    private static bool IsDerInBase64(string text)
    {
        string letters = text.Replace('+', '-').Replace('/', '_');
        return Base64Url.IsValid(letters) && IsDer(Base64Url.DecodeFromChars(letters));
    }

    /// <summary>
    /// Returns whether bytes are a public key, private key or certificate in DER: one SEQUENCE of whole elements. One in 65,536 random
    /// files begins like that, and hardly any continues so.
    /// </summary>
    private static bool IsDer(ReadOnlySpan<byte> bytes)
    {
        try
        {
            AsnDecoder.ReadSequence(bytes, AsnEncodingRules.DER, out int start, out int length, out int whole);
            ReadOnlySpan<byte> elements = bytes.Slice(start, length);
            while (!elements.IsEmpty)
            {
                AsnDecoder.ReadEncodedValue(elements, AsnEncodingRules.DER, out _, out _, out int element);
                elements = elements[element..];
            }

            return length > 0 && whole == bytes.Length;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
