using System.Security.Cryptography;
using System.Text;
using Sluice.Tokens.Keys;
using Sluice.Tokens.Making;
using Sluice.Tokens.Tests.Kit;

namespace Sluice.Tokens.Tests.Making;

/// <summary>Created tokens lead to the backend they name, and keys that cannot sign are reported.</summary>
public sealed class TokenMakerTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public static TheoryData<string> Algorithms { get; } = [.. JwtAlgorithms.Names];

    public void Dispose() => File.Delete(_path);

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Created_tokens_are_accepted(string algorithm)
    {
        (string privateKey, string publicKey) = Keys(algorithm);
        await File.WriteAllTextAsync(_path, privateKey);
        await using TokenWorld world = await TokenWorld.StartAsync(
            Encoding.ASCII.GetBytes(publicKey),
            new JwtOptions
            {
                Algorithms = [algorithm],
                Issuer = "login",
                Audience = "sluice",
                RequireClientIp = true,
                OneTime = true,
            });

        TokenMaker maker = TokenMaker.FromKeyFile(_path, [algorithm], "any");
        string token = maker.Make(
            new RouteToken
            {
                Host = "2001:db8::1",
                Port = 7083,
                Protocol = "kcp",
                Issuer = "login",
                Audience = "sluice",
                ClientIp = "192.0.2.1",
                Id = "a",
            },
            TokenWorld.Begin);

        Assert.Equal(algorithm, maker.Algorithm);
        Assert.Equal("kcp://[2001:db8::1]:7083", await world.AskAsync(token));
        Assert.Equal("bad_key", await world.AskAsync(token));
    }

    [Fact]
    public async Task The_lifetime_is_the_requested_one()
    {
        await File.WriteAllBytesAsync(_path, Forge.Secret);
        await using TokenWorld world = await TokenWorld.StartAsync(new JwtOptions { Leeway = TimeSpan.Zero });
        string token = TokenMaker.FromKeyFile(_path).Make(
            new RouteToken { Host = "127.0.0.1", Port = 1, Lifetime = TimeSpan.FromSeconds(30) }, TokenWorld.Begin);

        world.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("127.0.0.1:1", await world.AskAsync(token));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("bad_key", await world.AskAsync(token));
    }

    [Fact]
    public void The_default_algorithm_is_the_usual_one_of_the_key()
    {
        Assert.Equal(["HS256", "RS256", "ES384"], new[] { "HS256", "PS512", "ES384" }.Select(name => Maker(Keys(name).Private).Algorithm));
        Assert.Equal("PS384", Maker(Keys("RS256").Private, "HS256", "ES256", "PS384", "RS256").Algorithm);
    }

    [Fact]
    public void A_key_that_cannot_sign_is_reported()
    {
        Assert.Contains("holds no private key", Fault(Keys("RS256").Public), StringComparison.Ordinal);
        Assert.Contains(
            "is for RS256, RS384, RS512, PS256, PS384, PS512, not for HS256",
            Fault(Keys("RS256").Private, "HS256"),
            StringComparison.Ordinal);
        Assert.Contains("is for HS256, HS384, HS512, not for RS256", Fault(Keys("HS256").Private, "RS256"), StringComparison.Ordinal);
        Assert.Contains(
            "has 48 bytes, and a secret for HS512 needs 64",
            Fault(Encoding.ASCII.GetString(Forge.Secret), "HS512"),
            StringComparison.Ordinal);
        Assert.Contains("is a JWKS", Fault("{}"), StringComparison.Ordinal);
        using var rsa = RSA.Create(2048);
        Assert.Contains(
            "has a passphrase",
            Fault(
                rsa.ExportEncryptedPkcs8PrivateKeyPem(
                    "x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1))),
            StringComparison.Ordinal);
    }

    private TokenMaker Maker(string key, params string[] algorithms)
    {
        File.WriteAllText(_path, key);
        return TokenMaker.FromKeyFile(_path, algorithms);
    }

    private string Fault(string key, params string[] algorithms) => Assert.Throws<TokenKeyException>(() => Maker(key, algorithms)).Problem;

    private static (string Private, string Public) Keys(string algorithm)
    {
        switch (algorithm[..2])
        {
            case "HS":
                string secret = Convert.ToBase64String([.. Enumerable.Range(1, 64).Select(value => (byte)value)]) + "\n";
                return (secret, secret);
            case "ES":
                using (
                    var ec = ECDsa.Create(
                        algorithm switch
                        {
                            "ES256" => ECCurve.NamedCurves.nistP256,
                            "ES384" => ECCurve.NamedCurves.nistP384,
                            _ => ECCurve.NamedCurves.nistP521,
                        }))
                {
                    return (ec.ExportECPrivateKeyPem(), ec.ExportSubjectPublicKeyInfoPem());
                }

            default:
                using (var rsa = RSA.Create(2048))
                {
                    return (rsa.ExportRSAPrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem());
                }
        }
    }
}
