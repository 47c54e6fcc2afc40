using System.Security.Cryptography;
using System.Text;
using Sluice.Tokens.Keys;
using Sluice.Tokens.Tests.Kit;

namespace Sluice.Tokens.Tests.Keys;

/// <summary>Key files that keep the gateway from starting, and what is said about them.</summary>
public sealed class KeyFileTests
{
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly RSA Weak = RSA.Create(1024);
    private static readonly ECDsa Ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa Odd = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);

    private static readonly Dictionary<string, (Func<byte[]> File, string[] Algorithms, string Says)> Faults = new(StringComparer.Ordinal)
    {
        ["empty"] = (() => [], ["HS256"], "is empty; make a secret with: openssl rand -base64 48 > route.key"),
        ["a secret too short"] = (
            () => "12345678901234567890123456789012"u8.ToArray()[..31],
            ["HS256"],
            "has 31 bytes, and a secret for HS256 needs 32 at least"),
        ["its line end does not count"] = (() => [.. new byte[31], (byte)'\n'], ["HS256"], "has 31 bytes"),
        ["too short for one of the algorithms"] = (() => new byte[63], ["HS256", "HS512"], "has 63 bytes, and a secret for HS512 needs 64"),
        ["a public key as a secret"] = (
            () => Text(Rsa.ExportSubjectPublicKeyInfoPem()),
            ["HS256"],
            "is PEM, which cannot be the secret of HS256; set algorithms to [\"RS256\"]"),
        ["a public key as a secret too"] = (
            () => Text(Rsa.ExportSubjectPublicKeyInfoPem()), ["RS256", "HS256"], "is PEM, which cannot be the secret of HS256"),
        ["text before a public key"] = (() => Text("route key\n" + Rsa.ExportSubjectPublicKeyInfoPem()), ["HS256"], "is PEM"),
        ["a public key in DER as a secret"] = (
            () => Rsa.ExportSubjectPublicKeyInfo(), ["HS256"], "is not a secret but a key of another kind"),
        ["an EC public key in DER as a secret"] = (
            () => Ec.ExportSubjectPublicKeyInfo(), ["HS256"], "is not a secret but a key of another kind"),
        ["a public key of ssh as a secret"] = (
            () => Text("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me@home\n"), ["HS256"], "is not a secret"),
        ["the bare base64 of a public key"] = (
            () => Text(Convert.ToBase64String(Rsa.ExportSubjectPublicKeyInfo())), ["HS256"], "is not a secret but a key of another kind"),
        ["the same in lines"] = (
            () => Text(
                string.Join(
                    '\n', Convert.ToBase64String(Rsa.ExportSubjectPublicKeyInfo()).Chunk(64).Select(line => new string(line))) + "\n"),
            ["HS256"],
            "is not a secret"),
        ["the same of an EC key, without padding"] = (
            () => Text(Convert.ToBase64String(Ec.ExportSubjectPublicKeyInfo()).TrimEnd('=') + "\r\n"), ["HS256"], "is not a secret"),
        ["the same in base64url"] = (() => Text(Forge.Encode(Rsa.ExportRSAPublicKey())), ["HS256"], "is not a secret"),
        ["DER whose last byte is a line end"] = (
            () => [0x30, 0x29, 0x02, 0x27, .. Enumerable.Repeat((byte)7, 38), (byte)'\n'], ["HS256"], "is not a secret"),
        ["a public key in UTF-16"] = (() => Encoding.Unicode.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem()), ["HS256"], "is not a secret"),
        ["the same with its mark"] = (
            () => [0xff, 0xfe, .. Encoding.Unicode.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem())], ["HS256"], "is not a secret"),
        ["the same in the other order"] = (
            () => [0xfe, 0xff, .. Encoding.BigEndianUnicode.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem())], ["HS256"], "is not a secret"),
        ["a JWKS in UTF-16"] = (
            () => [0xfe, 0xff, .. Encoding.BigEndianUnicode.GetBytes("{\"keys\":[" + Jwk("\"use\":\"sig\"") + "]}")],
            ["HS256"],
            "is not a secret"),
        ["a list of JWKs"] = (() => Text("[" + Jwk("\"use\":\"sig\"") + "]"), ["HS256"], "is neither a JWKS nor a JWK"),
        ["where a JWKS is"] = (
            () => Text("https://login.example/.well-known/jwks.json\n"), ["HS256"], "holds an address, which others may know, and no key"),
        ["the same in capital letters"] = (() => Text(" HTTP://LOGIN.EXAMPLE/.well-known/jwks.json\n"), ["HS256"], "holds an address"),
        ["a public key of ssh in its own form"] = (
            () => Text("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAADAQABAAABAQC7\n---- END SSH2 PUBLIC KEY ----\n"),
            ["HS256"],
            "is not a secret"),
        ["UTF-16 with its mark"] = (
            () => [0xff, 0xfe, .. Encoding.Unicode.GetBytes("a pass phrase of some length")], ["HS256"], "begins with a byte order mark"),
        ["a byte order mark"] = (() => [0xef, 0xbb, 0xbf, .. new byte[40]], ["HS256"], "begins with a byte order mark"),
        ["a secret for RS256"] = (() => Forge.Secret, ["RS256"], "is neither PEM nor JWKS, and RS256 needs a public key"),
        ["a secret for HS256 and RS256"] = (() => Forge.Secret, ["HS256", "RS256"], "RS256 needs a public key"),
        ["an RSA key for ES256"] = (
            () => Text(Rsa.ExportSubjectPublicKeyInfoPem()),
            ["ES256"],
            "is a key for RS256, RS384, RS512, PS256, PS384, PS512 and not for ES256"),
        ["an EC key for the wrong curve"] = (
            () => Text(Ec.ExportSubjectPublicKeyInfoPem()), ["ES256", "ES384"], "is a key for ES256 and not for ES384"),
        ["RSA of 1024 bits"] = (
            () => Text(Weak.ExportSubjectPublicKeyInfoPem()), ["RS256"], "is an RSA key of 1024 bits, and that can be broken"),
        ["another curve"] = (() => Text(Odd.ExportSubjectPublicKeyInfoPem()), ["ES256"], "is on a curve that no algorithm is for"),
        ["a private key"] = (() => Text(Rsa.ExportPkcs8PrivateKeyPem()), ["RS256"], "holds a private key, which a gateway does not need"),
        ["several keys"] = (
            () => Text(Rsa.ExportSubjectPublicKeyInfoPem() + "\n" + Rsa.ExportSubjectPublicKeyInfoPem()),
            ["RS256"],
            "holds several keys; write them as a JWKS"),
        ["a marker alone"] = (() => Text("-----BEGIN PUBLIC KEY-----\n"), ["RS256"], "holds no PUBLIC KEY"),
        ["rubbish in PEM"] = (() => Text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), ["RS256"], "cannot be read"),
        ["broken JSON"] = (() => Text("{\"keys\":["), ["RS256"], "is neither a JWKS nor a JWK"),
        ["JSON as a secret"] = (
            () => Text("{\"secret\":\"0123456789012345678901234567890123456789\"}"), ["HS256"], "holds no key for signatures"),
        ["a name twice in a JWKS"] = (() => Text("{\"keys\":[],\"keys\":[]}"), ["RS256"], "is neither a JWKS nor a JWK"),
        ["a JWKS without keys"] = (() => Text("{\"keys\":[]}"), ["RS256"], "holds no key for signatures"),
        ["a JWKS for encryption"] = (() => Text("{\"keys\":[" + Jwk("\"use\":\"enc\"") + "]}"), ["RS256"], "holds no key for signatures"),
        ["a JWKS for other operations"] = (
            () => Text("{\"keys\":[" + Jwk("\"key_ops\":[\"encrypt\"]") + "]}"), ["RS256"], "holds no key for signatures"),
        ["a JWKS for other algorithms"] = (
            () => Text("{\"keys\":[" + Jwk("\"use\":\"sig\"") + "]}"), ["ES256"], "holds no key for ES256; its keys are for RS256"),
        ["a private key in a JWKS"] = (() => Text("{\"keys\":[" + Jwk("\"d\":\"AAAA\"") + "]}"), ["RS256"], "holds a private key (\"d\")"),
        ["one kid twice"] = (
            () => Text("{\"keys\":[" + Jwk("\"kid\":\"a\"") + "," + Jwk("\"kid\":\"a\"") + "]}"),
            ["RS256"],
            "has two keys of one kind with one kid"),
        ["a short secret in a JWKS"] = (() => Text("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"), ["HS256"], "has a secret of 3 bytes"),
        ["a weak key in a JWKS"] = (
            () => Text($$"""{"keys":[{"kty":"RSA","n":"{{Forge.Encode(Weak.ExportParameters(false).Modulus!)}}","e":"AQAB"}]}"""),
            ["RS256"], "is an RSA key of 1024 bits"),
        ["a coordinate without the zeros in front of it"] = (
            () =>
                Text(
                    $$"""{"keys":["""
                    + $$"""{"kty":"EC","kid":"t","crv":"P-256","""
                    + $$""" "x":"{{Forge.Encode(new byte[31])}}","y":"{{Forge.Encode(new byte[32])}}"}]}"""),
            ["ES256"], "the key \"t\" has 31 bytes as its \"x\", and P-256 needs 32, including leading zeros"),
        ["a coordinate that is too long"] = (
            () =>
                Text(
                    $$"""{"keys":["""
                    + $$"""{"kty":"EC","crv":"P-384","x":"{{Forge.Encode(new byte[48])}}","y":"{{Forge.Encode(new byte[49])}}"}]}"""),
            ["ES384"], "has 49 bytes as its \"y\", and P-384 needs 48"),
        ["a JWK without its modulus"] = (
            () => Text("{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\"}]}"), ["RS256"], "a key without a kid is malformed"),
        ["a JWK that is not base64"] = (
            () => Text("{\"keys\":[{\"kty\":\"oct\",\"k\":\"a b\"}]}"), ["HS256"], "a key without a kid is malformed"),
        ["a point that is not on the curve"] = (
            () =>
                Text(
                    $$"""{"keys":["""
                    + $$"""{"kty":"EC","crv":"P-256","x":"{{Forge.Encode(new byte[32])}}","y":"{{Forge.Encode(new byte[32])}}"}]}"""),
            ["ES256"], "a key without a kid is malformed"),
    };

    public static TheoryData<string> Names { get; } = [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_unusable_key_file_is_a_fault_with_a_remedy(string name)
    {
        (Func<byte[]> file, string[] algorithms, string says) = Faults[name];
        string path = Path.GetTempFileName();
        try
        {
            byte[] bytes = file();
            File.WriteAllBytes(path, bytes);

            TokenKeyException fault = Assert.Throws<TokenKeyException>(
                () => JwtResolver.CheckKeyFile(new JwtOptions { KeyFile = path, Algorithms = algorithms }));

            Assert.Contains(says, fault.Problem, StringComparison.Ordinal);
            Assert.Equal(path, fault.File);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_missing_file_or_a_directory_is_a_fault()
    {
        string folder = Path.GetTempPath();

        Assert.Contains(
            "does not exist; make a secret with", Check(Path.Combine(folder, Guid.NewGuid().ToString("N"))), StringComparison.Ordinal);
        Assert.Contains("is a directory", Check(folder), StringComparison.Ordinal);
    }

    /// <summary>Editors and scripts of Windows put a byte order mark in front; issuers write base64 in four ways.</summary>
    [Theory]
    [InlineData("mark")]
    [InlineData("padded")]
    [InlineData("standard")]
    [InlineData("standard without padding")]
    public async Task A_JWKS_is_read_however_its_base64_is_written(string how)
    {
        string Number(byte[] bytes) => how switch
        {
            "padded" => Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_'),
            "standard" => Convert.ToBase64String(bytes),
            "standard without padding" => Convert.ToBase64String(bytes).TrimEnd('='),
            _ => Forge.Encode(bytes),
        };
        ECPoint point = Ec.ExportParameters(false).Q;
        string jwks = $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{Number(point.X!)}}","y":"{{Number(point.Y!)}}"}]}""";
        await using TokenWorld world = await TokenWorld.StartAsync((how == "mark" ? "\ufeff" : "") + jwks, "ES256");
        Assert.Equal("127.0.0.1:7083", await world.AskAsync(Forge.Ec(Forge.Good, Ec)));
    }

    [Fact]
    public async Task A_public_key_with_a_byte_order_mark_is_read()
    {
        await using TokenWorld world = await TokenWorld.StartAsync("\ufeff" + Ec.ExportSubjectPublicKeyInfoPem(), "ES256");
        Assert.Equal("127.0.0.1:7083", await world.AskAsync(Forge.Ec(Forge.Good, Ec)));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("")]
    public async Task The_secret_is_the_whole_file_but_one_line_end(string end)
    {
        await using TokenWorld world = await TokenWorld.StartAsync([.. Forge.Secret, .. Text(end)]);

        Assert.Equal("127.0.0.1:7083", await world.AskAsync(Forge.Hmac(Forge.Good)));
        Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac(Forge.Good, secret: [.. Forge.Secret, .. Text("\n")])));
    }

    /// <summary>Only what is a key from its first byte to its last is taken for one.</summary>
    [Theory]
    [InlineData("T2YgcmFuZG9tIGJ5dGVzIGluIGJhc2U2NCB0aGUgdGV4dCBpcyB0aGUgc2VjcmV0")]
    [InlineData("MC4GAy4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4u")] // Begins like DER, and its length fits.
    [InlineData("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA a pass phrase")]
    [InlineData("a pass phrase about https://login.example and {braces}")]
    [InlineData("\u00fcber alles l\u00e4nger als zweiunddrei\u00dfig Bytes")]
    public async Task Other_text_is_a_secret(string text)
    {
        await using TokenWorld world = await TokenWorld.StartAsync(Text(text));

        Assert.Equal("127.0.0.1:7083", await world.AskAsync(Forge.Hmac(Forge.Good, secret: Text(text))));
    }

    [Fact]
    public async Task Random_bytes_are_a_secret_whatever_they_are()
    {
        const int Seed = 13;
        var random = new Random(Seed);
        for (int i = 0; i < 50; i++)
        {
            // A file that begins like JSON is taken for JSON, as ever.
            byte[] secret = [(byte)random.Next(0x80, 0xef), .. Enumerable.Range(0, 47).Select(_ => (byte)random.Next(32, 256)), 0];
            await using TokenWorld world = await TokenWorld.StartAsync(secret);
            Assert.True(await world.AskAsync(Forge.Hmac(Forge.Good, secret: secret)) == "127.0.0.1:7083", $"seed {Seed}, {i}");
        }
    }

    [Fact]
    public async Task Spaces_and_further_line_ends_belong_to_the_secret()
    {
        byte[] secret = [.. " "u8, .. Forge.Secret, .. " \n"u8];
        await using TokenWorld world = await TokenWorld.StartAsync([.. secret, (byte)'\n']);

        Assert.Equal("127.0.0.1:7083", await world.AskAsync(Forge.Hmac(Forge.Good, secret: secret)));
        Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac(Forge.Good)));
    }

    private static string Check(string path) =>
        Assert.Throws<TokenKeyException>(() => JwtResolver.CheckKeyFile(new JwtOptions { KeyFile = path })).Problem;

    private static string Jwk(string members) =>
        $$"""{"kty":"RSA","n":"{{Forge.Encode(Rsa.ExportParameters(false).Modulus!)}}","e":"AQAB",{{members}}}""";

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
