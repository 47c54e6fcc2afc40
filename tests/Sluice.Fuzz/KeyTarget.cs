using System.Security.Cryptography;
using System.Text;
using Sluice.Tokens.Keys;

namespace Sluice.Fuzz;

/// <summary>A file with keys (PEM, JWKS, a secret): keys that fit the algorithms, or a problem on one short line.</summary>
internal sealed class KeyTarget : FuzzTarget
{
    private static readonly string[][] Algorithms = [["HS256"], ["RS256"], ["ES256", "ES384"], ["HS256", "RS256", "ES512"]];

    public KeyTarget()
    {
        using var rsa = RSA.Create();
        rsa.ImportParameters(new RSAParameters { Modulus = [0xc5, .. new byte[254], 1], Exponent = [1, 0, 1] });
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters point = ec.ExportParameters(false);
        string x = System.Buffers.Text.Base64Url.EncodeToString(point.Q.X!);
        string y = System.Buffers.Text.Base64Url.EncodeToString(point.Q.Y!);
        string n = System.Buffers.Text.Base64Url.EncodeToString(rsa.ExportParameters(false).Modulus!);
        Corpus =
        [
            .. new[]
            {
                rsa.ExportSubjectPublicKeyInfoPem(), ec.ExportSubjectPublicKeyInfoPem(),
                "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----",
                $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{y}}","kid":"a","use":"sig"},"""
                    + """{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","kid":"b"}]}""",
                $$"""{"kty":"RSA","n":"{{n}}","e":"AQAB","kid":"a","alg":"RS256","key_ops":["verify"]}""",
                """{"keys":[{"kty":"oct","k":"AA"},{"kty":"OKP"},{"kty":"RSA","n":"AA","e":""},null,1]}""",
                "c2VjcmV0IG9mIHRoZSB0ZXN0cywga25vd24gdG8gYWxsIQ==\n", "ssh-ed25519 AAAA", "https://issuer.example/jwks.json",
            }.Select(Encoding.UTF8.GetBytes),
        ];
    }

    public override string Name => "key";

    public override IReadOnlyList<byte[]> Corpus { get; }

    public override void Check(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        try
        {
            TokenKeySet keys = TokenKeys.Load(KeyFile.Of("fuzz.key", input.ToArray()), Algorithms[input[^1] % Algorithms.Length]);
            Require(keys.All.Count > 0 && keys.All.All(key => key.Algorithms.Count > 0), "there is a key that can be used");
            Require(keys.Skipped is null || IsLine(keys.Skipped), "skipped keys are listed on one line");
        }
        catch (TokenKeyException failure)
        {
            Require(failure.Problem.Length > 0 && IsLine(failure.Problem), "a problem is one line");
        }
    }

    private static bool IsLine(string text) => text.All(c => c is >= ' ' and <= '~');
}
