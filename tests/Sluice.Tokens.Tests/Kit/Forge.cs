using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Tokens.Tests.Kit;

/// <summary>Makes tokens by hand, good ones and others, without any JWT library.</summary>
internal static class Forge
{
    public const string HmacHeader = """{"alg":"HS256","typ":"JWT"}""";

    /// <summary>The secret of the tests: 48 bytes of text, as <c>openssl rand -base64</c> would write 64.</summary>
    public static byte[] Secret { get; } = Encoding.ASCII.GetBytes("c2VjcmV0IG9mIHRoZSB0ZXN0cywga25vd24gdG8gYWxsIQ==");

    /// <summary>Good until an hour after the clock of <see cref="TokenWorld"/> began.</summary>
    public static long Soon { get; } = TokenWorld.Begin.ToUnixTimeSeconds() + 3600;

    public static string Good { get; } = $$"""{"host":"127.0.0.1","port":7083,"exp":{{Soon}}}""";

    public static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    public static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    /// <summary>A payload that is good but for what is added.</summary>
    public static string With(string members) => $$"""{"host":"127.0.0.1","port":7083,"exp":{{Soon}},{{members}}}""";

    public static string Hmac(string payload, string header = HmacHeader, byte[]? secret = null) =>
        Hmac(Encoding.UTF8.GetBytes(payload), header, secret);

    public static string Hmac(byte[] payload, string header = HmacHeader, byte[]? secret = null) =>
        Sign($"{Encode(header)}.{Encode(payload)}", signed => HMACSHA256.HashData(secret ?? Secret, signed));

    public static string Rsa(string payload, RSA key, string header = """{"alg":"RS256"}""") =>
        Sign($"{Encode(header)}.{Encode(payload)}", signed => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Ec(
        string payload, ECDsa key, string header =
            """{"alg":"ES256"}""", DSASignatureFormat format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation) =>
        Sign($"{Encode(header)}.{Encode(payload)}", signed => key.SignData(signed, HashAlgorithmName.SHA256, format));

    public static string Sign(string signed, Func<byte[], byte[]> signature) =>
        $"{signed}.{Encode(signature(Encoding.ASCII.GetBytes(signed)))}";
}
