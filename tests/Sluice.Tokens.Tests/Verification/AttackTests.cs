using System.Security.Cryptography;
using System.Text;
using Sluice.Gateway.Routing;
using Sluice.Tokens.Tests.Kit;

namespace Sluice.Tokens.Tests.Verification;

/// <summary>
/// Tokens that must lead nowhere, against a gateway with an HMAC secret. Each token is shown to be valid without the attack.
/// </summary>
public sealed class AttackTests
{
    private const string Accepted = "127.0.0.1:7083";

    private static readonly string Token = Forge.Hmac(Forge.Good);
    private static readonly string[] Parts = Token.Split('.');

    private static readonly Dictionary<string, Func<string>> Attacks = new(StringComparer.Ordinal)
    {
        // Form.
        ["empty"] = () => "",
        ["one part"] = () => Parts[0],
        ["two parts"] = () => $"{Parts[0]}.{Parts[1]}",
        ["signature cut off"] = () => $"{Parts[0]}.{Parts[1]}.",
        ["four parts"] = () => Token + ".AA",
        ["five parts, as of JWE"] = () =>
            $"{Forge.Encode("""{"alg":"dir","enc":"A256GCM"}""")}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
        ["no header"] = () => $".{Parts[1]}.{Parts[2]}",
        ["dots alone"] = () => "..",
        ["many dots"] = () => new string('.', 4096),
        ["blank before"] = () => " " + Token,
        ["line end behind"] = () => Token + "\n",
        ["blank inside"] = () => $"{Parts[0]}. {Parts[1]}.{Parts[2]}",
        ["NUL behind"] = () => Token + "\0",
        ["Bearer"] = () => "Bearer " + Token,
        ["in quotes"] = () => $"\"{Token}\"",
        ["padding"] = () => Token + "=",
        ["padding escaped"] = () => Token + "%3D",
        ["not canonical: bits behind the last byte"] = () => Token[..^1] + Next(Token[^1]),
        ["not canonical: letters of plain base64"] = () => Signed(
            $"{Forge.Encode(Forge.HmacHeader)}.{Convert.ToBase64String(Encoding.UTF8.GetBytes(Forge.With("\"x\":\"???>>>\"")))}"),
        ["letters beyond ASCII"] = () => Token[..^1] + "\uFF21",
        ["header that is no base64 length"] = () => Signed($"{Parts[0]}A.{Parts[1]}"),
        ["host:port"] = () => "127.0.0.1:7083",
        ["huge"] = () => Forge.Encode(new byte[200_000]) + "." + Parts[1] + "." + Parts[2],

        // Signature.
        ["alg none"] = () => None("none"),
        ["alg None"] = () => None("None"),
        ["alg nOnE"] = () => None("nOnE"),
        ["alg none, with a signature"] = () => Forge.Hmac(Forge.Good, """{"alg":"none"}"""),
        ["alg empty"] = () => Forge.Hmac(Forge.Good, """{"alg":""}"""),
        ["alg null"] = () => Forge.Hmac(Forge.Good, """{"alg":null}"""),
        ["alg a number"] = () => Forge.Hmac(Forge.Good, """{"alg":256}"""),
        ["alg a list"] = () => Forge.Hmac(Forge.Good, """{"alg":["HS256"]}"""),
        ["alg missing"] = () => Forge.Hmac(Forge.Good, """{"typ":"JWT"}"""),
        ["alg in small letters"] = () => Forge.Hmac(Forge.Good, """{"alg":"hs256"}"""),
        ["alg with a blank"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256 "}"""),
        ["alg not listed"] = () =>
            Forge.Sign($"{Forge.Encode("""{"alg":"HS512"}""")}.{Parts[1]}", signed => HMACSHA512.HashData(Forge.Secret, signed)),
        ["alg as an URI, which the library knows"] = () =>
            Forge.Hmac(Forge.Good, """{"alg":"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"}"""),
        ["another secret"] = () => Forge.Hmac(Forge.Good, secret: Encoding.ASCII.GetBytes(new string('x', 48))),
        ["empty secret"] = () => Forge.Hmac(Forge.Good, secret: []),
        ["payload swapped"] = () => $"{Parts[0]}.{Forge.Encode(Forge.Good.Replace("7083", "7084", StringComparison.Ordinal))}.{Parts[2]}",
        ["header swapped"] = () => $"{Forge.Encode("""{"typ":"JWT","alg":"HS256"}""")}.{Parts[1]}.{Parts[2]}",
        ["signature of zeros"] = () => $"{Parts[0]}.{Parts[1]}.{Forge.Encode(new byte[32])}",
        ["signature shorter"] = () => $"{Parts[0]}.{Parts[1]}.{Forge.Encode(Signature()[..31])}",
        ["signature of one byte"] = () => $"{Parts[0]}.{Parts[1]}.{Forge.Encode(Signature()[..1])}",
        ["signature longer"] = () => $"{Parts[0]}.{Parts[1]}.{Forge.Encode([.. Signature(), 0])}",
        ["signature of the bytes before base64"] = () => Forge.Sign(
            $"{Parts[0]}.{Parts[1]}", _ => HMACSHA256.HashData(Forge.Secret, Encoding.UTF8.GetBytes(Forge.HmacHeader + Forge.Good))),

        // Header.
        ["alg twice"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","alg":"HS256"}"""),
        ["alg twice, escaped"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","\u0061lg":"none"}"""),
        ["crit"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","crit":["exp"],"exp":1}"""),
        ["crit empty"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","crit":[]}"""),
        ["b64"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","b64":false}"""),
        ["zip"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","zip":"DEF"}"""),
        ["enc"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","enc":"A128GCM"}"""),
        ["kid a number"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","kid":1}"""),
        ["kid very long"] = () => Forge.Hmac(Forge.Good, $$"""{"alg":"HS256","kid":"{{new string('k', 300)}}"}"""),
        ["kid is a path, signed with nothing"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256","kid":"../../../../dev/null"}""", []),
        ["kid is SQL, signed with its result"] = () =>
            Forge.Hmac(Forge.Good, """{"alg":"HS256","kid":"x' UNION SELECT 'key"}""", "key"u8.ToArray()),
        ["brings its own key (jwk)"] = () =>
            Own("""{"alg":"HS256","jwk":{"kty":"oct","k":"eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"}}"""),
        ["points at its own key (jku)"] = () => Own("""{"alg":"HS256","jku":"http://127.0.0.1:1/keys"}"""),
        ["points at its own certificate (x5u)"] = () => Own("""{"alg":"HS256","x5u":"http://127.0.0.1:1/cert"}"""),
        ["header is no object"] = () => Forge.Hmac(Forge.Good, """["HS256"]"""),
        ["header is a text"] = () => Forge.Hmac(Forge.Good, "\"HS256\""),
        ["header with more behind"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256"}{}"""),
        ["header with a comment"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256"/**/}"""),
        ["header with a comma too many"] = () => Forge.Hmac(Forge.Good, """{"alg":"HS256",}"""),
        ["header with a byte order mark"] = () => Forge.Hmac(Forge.Good, "\uFEFF" + Forge.HmacHeader),
        ["header too long"] = () => Forge.Hmac(Forge.Good, $$"""{"alg":"HS256","x":"{{new string('x', 3000)}}"}"""),
        ["header too deep"] = () => Forge.Hmac(Forge.Good, $$"""{"alg":"HS256","x":{{new string('[', 500)}}{{new string(']', 500)}}}"""),
        ["header with a thousand names"] = () =>
            Forge.Hmac(Forge.Good, $$"""{"alg":"HS256",{{string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"{i}\":1"))}}}"""),

        // Claims, with a good signature: an issuer that is careless, or was led astray.
        ["payload is no JSON"] = () => Forge.Hmac("127.0.0.1:7083"),
        ["payload is a list"] = () => Forge.Hmac($"[{Forge.Good}]"),
        ["payload is not UTF-8"] = () => Forge.Hmac([.. Encoding.ASCII.GetBytes(Forge.Good[..^1]), .. ",\"x\":\""u8, 0xff, .. "\"}"u8]),
        ["payload with half a surrogate pair"] = () => Forge.Hmac(Forge.With("\"jti\":\"\\ud800\"")),
        ["payload too deep"] = () => Forge.Hmac(Forge.With($"\"x\":{new string('[', 500)}{new string(']', 500)}")),
        ["payload with more behind"] = () => Forge.Hmac(Forge.Good + "x"),
        ["host twice"] = () => Forge.Hmac(Forge.With("\"host\":\"127.0.0.2\"")),
        ["host twice, escaped"] = () => Forge.Hmac(Forge.With("\"h\\u006fst\":\"127.0.0.2\"")),
        ["a name twice within a claim"] = () => Forge.Hmac(Forge.With("\"x\":{\"a\":1,\"a\":2}")),
        ["a name twice within a list"] = () => Forge.Hmac(Forge.With("\"x\":[[{\"a\":1,\"a\":2}]]")),
        ["exp twice"] = () => Forge.Hmac(Forge.With("\"exp\":9999999999")),
    };

    public static TheoryData<string> Names { get; } = [.. Attacks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_forged_token_is_rejected(string attack)
    {
        await using TokenWorld world = await TokenWorld.StartAsync();

        Assert.Equal("bad_key", await world.AskAsync(Attacks[attack]()));
        Assert.Equal(Accepted, await world.AskAsync(Token));

        // Again, now that the gateway knows the good one.
        Assert.Equal("bad_key", await world.AskAsync(Attacks[attack]()));
    }

    [Fact]
    public async Task Every_changed_letter_of_a_token_is_rejected()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();
        Assert.Equal(Accepted, await world.AskAsync(Token));
        for (int i = 0; i < Token.Length; i++)
        {
            Assert.Equal("bad_key", await world.AskAsync($"{Token[..i]}{(Token[i] == 'A' ? 'B' : 'A')}{Token[(i + 1)..]}"));
            Assert.Equal("bad_key", await world.AskAsync(Token.Remove(i, 1)));
            Assert.Equal("bad_key", await world.AskAsync(Token.Insert(i, "A")));
        }
    }

    [Fact]
    public async Task Garbage_of_any_kind_is_rejected_without_an_exception()
    {
        const int Seed = 20_261_122;
        const string Letters = "AZaz09-_.={\"\0\u00e9+/ eyJ";
        var random = new Random(Seed);
        await using TokenWorld world = await TokenWorld.StartAsync();
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = Token.ToCharArray();
            for (int j = random.Next(1, 6); j > 0; j--)
            {
                text[random.Next(text.Length)] = Letters[random.Next(Letters.Length)];
            }

            string attack = new(text);
            Assert.True(attack == Token || await world.AskAsync(attack) == "bad_key", $"seed {Seed}, round {i}");
        }
    }

    [Fact]
    public async Task A_wrong_signature_costs_no_exception()
    {
        const int Seed = 7;
        const string Letters = "{}[]\":,\\u0d8fe-.+ tn1\0\u00e9";
        var random = new Random(Seed);
        await using TokenWorld world = await TokenWorld.StartAsync();
        Assert.Equal(Accepted, await world.AskAsync(Token));
        int thread = Environment.CurrentManagedThreadId;
        int thrown = 0;
        void Count(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs first) =>
            thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;

        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            for (int i = 0; i < 20_000; i++)
            {
                char[] header = """{"alg":"HS256","x":["\u0041",-1.5e3,true,null,{"y":""}]}""".ToCharArray();
                for (int j = random.Next(0, 4); j > 0; j--)
                {
                    header[random.Next(header.Length)] = Letters[random.Next(Letters.Length)];
                }

                ValueTask<Resolution> asked = world.Resolver.ResolveAsync(
                    new RouteRequest($"{Forge.Encode(new string(header))}.{Parts[1]}.{Parts[2]}", default), CancellationToken.None);
                Assert.True(asked.IsCompletedSuccessfully, $"seed {Seed}, round {i}");
                Assert.Empty((await asked).Backends);
            }
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        Assert.Equal(0, thrown);
    }

    [Fact]
    public async Task No_part_of_a_token_is_logged()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();
        string[] tokens = [Token, .. Attacks.Values.Select(attack => attack())];
        foreach (string token in tokens)
        {
            await world.AskAsync(token);
        }

        string log = world.Log.ToString();
        Assert.NotEmpty(log);
        foreach (string part in tokens.SelectMany(token => token.Split('.')).Where(part => part.Length >= 8))
        {
            Assert.DoesNotContain(part[..8], log, StringComparison.Ordinal);
            Assert.DoesNotContain(part[^8..], log, StringComparison.Ordinal);
        }
    }

    private static byte[] Signature() => System.Buffers.Text.Base64Url.DecodeFromChars(Parts[2]);

    private static string None(string name) => $"{Forge.Encode($$"""{"alg":"{{name}}"}""")}.{Parts[1]}.";

    private static string Own(string header) => Forge.Hmac(Forge.Good, header, Encoding.ASCII.GetBytes(new string('x', 33)));

    private static string Signed(string signed) => Forge.Sign(signed, bytes => HMACSHA256.HashData(Forge.Secret, bytes));

    /// <summary>The next letter: of 43 letters for 32 bytes, the last one carries four bits of them and two of nothing.</summary>
    private static char Next(char letter)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return Alphabet[Alphabet.IndexOf(letter, StringComparison.Ordinal) + 1];
    }
}
