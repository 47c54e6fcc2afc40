using System.Buffers;
using System.Buffers.Text;
using System.Formats.Asn1;
using System.Text;

namespace Sluice.Tokens.Keys;

/// <summary>Knows keys that others may know, in the forms in which they are handed round. As a secret, one of them would let everybody sign.</summary>
internal static class PublicKeyForms
{
    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n"u8);

    /// <summary>Keys as text begin with one of these: those of ssh-keygen, JSON of any kind.</summary>
    private static readonly string[] Beginnings = ["ssh-", "ecdsa-sha2-", "---- BEGIN SSH2", "{", "["];

    /// <summary>True for JSON: a JWK, a JWKS, or the list inside it alone.</summary>
    public static bool IsJson(ReadOnlySpan<byte> file) => file.IndexOfAnyExcept(Blanks) is >= 0 and var first && file[first] is (byte)'{' or (byte)'[';

    /// <summary>True where a file holds such a key.</summary>
    public static bool AreIn(ReadOnlySpan<byte> file)
    {
        string text = TextOf(file);
        return IsDer(file)
            || text.Contains("-----BEGIN ", StringComparison.Ordinal)
            || Array.Exists(Beginnings, beginning => text.StartsWith(beginning, StringComparison.Ordinal))
            || IsDerInBase64(text);
    }

    /// <summary>True where a file holds the address of a key, and so nothing that is secret.</summary>
    public static bool AreWhere(ReadOnlySpan<byte> file) =>
        TextOf(file) is var text
        && (text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase));

    /// <summary>The file as ASCII. UTF-16, which some editors and shells write, is that with a zero beside each letter, and a mark in front.</summary>
    private static string TextOf(ReadOnlySpan<byte> file) =>
        Encoding.Latin1.GetString(file).Replace("\0", "", StringComparison.Ordinal).TrimStart('\xff', '\xfe', '\xef', '\xbb', '\xbf').Trim();

    /// <summary>The body of a PEM without its marker lines, as many tools want it.</summary>
    private static bool IsDerInBase64(string text)
    {
        string letters = text.Replace('+', '-').Replace('/', '_');
        return Base64Url.IsValid(letters) && IsDer(Base64Url.DecodeFromChars(letters));
    }

    /// <summary>
    /// A public key, private key or certificate in DER is one SEQUENCE of whole elements. Of random bytes one in 65,536 begins like that, and hardly any
    /// goes on so.
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
