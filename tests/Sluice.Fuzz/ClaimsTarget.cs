using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Sluice.Tokens.Keys;
using Sluice.Tokens.Verification;

namespace Sluice.Fuzz;

/// <summary>
/// The JSON of a signed token, as header and as claims: it is judged as the framework judges it, and without an exception.
/// </summary>
internal sealed class ClaimsTarget : FuzzTarget
{
    private const int Depth = 8;
    private readonly TokenVerifier _verifier = TokenTarget.Verifier();

    public override string Name => "claims";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            """{"host":"127.0.0.1","port":7083,"exp":4102444800,"nbf":1.5,"client":"192.0.2.1","protocol":"kcp"}""",
            """{"node":"s\u0041\n\ud83d\ude00","jti":"1","iss":"me","aud":["a","b"],"x":[1,-2.5e-3,true,false,null,{"y":{}}]}""",
            """{"alg":"HS256","kid":"a","typ":"JWT","crit":["b64"]}""", """{"alg":"HS256","x":[[[[[[[[[]]]]]]]]]}""", "{\"a\":\"\\ud800\"}",
            "[]", "{}",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        bool isObject = Utf8.IsValid(input) && JsonShape.IsObject(input, Depth);
        Require(!isObject || FrameworkTakes(input), "what is taken for an object is one to the framework too");
        TokenHeader? header = TokenHeader.Read(input, JwtAlgorithm.All);
        RouteClaims? claims = RouteClaims.Read(input, out string? problem);
        Require(claims is null != problem is null, "there are claims or a problem");
        Require((header is null && claims is null) || FrameworkTakes(input), "what is read is an object to the framework too");
        if (claims is not null)
        {
            Require(claims.Node is { Length: > 0 } || claims.Backend.Backends.Count == 1, "claims lead somewhere");
            Verdict verdict = TokenTarget.Verify(_verifier, TokenTarget.Sign("""{"alg":"HS256"}""", input));
            Require(verdict.Claims is not null, "what reads well is accepted where it is signed");
        }
    }

    private static bool FrameworkTakes(ReadOnlySpan<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray());
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
