using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sluice.Tokens.Keys;
using Sluice.Tokens.Verification;

namespace Sluice.Fuzz;

/// <summary>
/// A token as a client sends it: what is accepted was signed with the key, and everything else is refused without an exception.
/// </summary>
internal sealed class TokenTarget : FuzzTarget
{
    /// <summary>The secret that the tokens of this program are signed with.</summary>
    public static byte[] Secret { get; } = [.. Enumerable.Range(1, 48).Select(value => (byte)value)];

    private readonly TokenVerifier _verifier = Verifier();

    public override string Name => "token";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            Sign("""{"alg":"HS256","typ":"JWT"}""", """{"host":"127.0.0.1","port":7083,"exp":4102444800}"""),
            Sign(
                """{"alg":"HS256","kid":"a","x":["\u0041",-1.5e3,true,null,{"y":""}]}""",
                """{"node":"s1","jti":"1","iss":"me","aud":["a"]}"""),
            Sign("""{"alg":"HS512"}""", "{}"), Sign("""{"alg":"none"}""", "{}"), "..", "a.b.c", "e30.e30.",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public static TokenVerifier Verifier() =>
        new(
            new TokenRules(["HS256"], "", "", OneTime: false),
            new TokenKeySet([TokenKey.OfSecret(Secret)], "fuzz"),
            new VerificationQueue(workers: 1, maxWaiting: 1));

    public static string Sign(string header, string payload) => Sign(header, Encoding.UTF8.GetBytes(payload));

    public static string Sign(string header, ReadOnlySpan<byte> payload)
    {
        string signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(signed)))}";
    }

    public static Verdict Verify(TokenVerifier verifier, string token)
    {
        Task<Verdict> verifying = verifier.VerifyAsync(token).AsTask();
        Require(verifying.IsCompleted, "an HMAC is verified at once");
        return verifying.GetAwaiter().GetResult();
    }

    public override void Check(ReadOnlySpan<byte> input)
    {
        string token = Encoding.UTF8.GetString(input);
        Verdict verdict = Verify(_verifier, token);
        Require(verdict.Claims is null != verdict.Problem is null, "there are claims or a problem");
        Require(verdict.Problem is null or { Length: > 0 and < 200 }, "a problem is one short line");
        if (verdict.Claims is not null)
        {
            string[] parts = token.Split('.');
            byte[] expected = HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"));
            Require(parts.Length == 3 && parts[2] == Base64Url.EncodeToString(expected), "what is accepted was signed");
        }
    }
}
