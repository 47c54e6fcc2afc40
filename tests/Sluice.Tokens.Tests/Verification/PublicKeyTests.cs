using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Sluice.Tokens.Tests.Kit;
using Sluice.Tokens.Verification;

namespace Sluice.Tokens.Tests.Verification;

/// <summary>Tokens that are signed with a private key, and what is made of the public one.</summary>
public sealed class PublicKeyTests : IDisposable
{
    private const string Accepted = "127.0.0.1:7083";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _rsa.Dispose();
        _ec.Dispose();
    }

    [Fact]
    public async Task A_public_key_is_not_a_secret()
    {
        string pem = _rsa.ExportSubjectPublicKeyInfoPem();
        await using TokenWorld world = await TokenWorld.StartAsync(pem + "\n", "RS256");
        byte[][] secrets =
        [
            Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(pem + "\n"), _rsa.ExportSubjectPublicKeyInfo(), _rsa.ExportRSAPublicKey(),
            _rsa.ExportParameters(false).Modulus!, Encoding.ASCII.GetBytes(_rsa.ExportRSAPublicKeyPem()), [],
        ];

        foreach (byte[] secret in secrets)
        {
            Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac(Forge.Good, secret: secret)));
            Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac(Forge.Good, """{"alg":"RS256"}""", secret)));
        }

        Assert.Equal(Accepted, await world.AskAsync(Forge.Rsa(Forge.Good, _rsa)));
    }

    [Fact]
    public async Task Wrong_RSA_signatures_are_rejected()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(_rsa.ExportSubjectPublicKeyInfoPem(), "RS256");
        string good = Forge.Rsa(Forge.Good, _rsa);
        using var other = RSA.Create(2048);
        string[] parts = good.Split('.');
        string pss = Forge.Sign(
            $"{parts[0]}.{parts[1]}", signed => _rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        string sha512 = Forge.Sign(
            $"{parts[0]}.{parts[1]}", signed => _rsa.SignData(signed, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
        string ps256 = Forge.Sign(
            $"{Forge.Encode("""{"alg":"PS256"}""")}.{parts[1]}",
            signed => _rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));

        string[] attacks =
        [
            Forge.Rsa(Forge.Good, other), pss, sha512, ps256, good[..^2] + (
                good[^2] == 'A' ? "BA" : "AA"), $"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}.{Forge.Encode(new byte[256])}",
            $"{parts[0]}.{Forge.Encode(Forge.With("\"x\":1"))}.{parts[2]}", $"{Forge.Encode("""{"alg":"none"}""")}.{parts[1]}.",
            Forge.Rsa(
                Forge.Good, other,
                $$$"""{"alg":"RS256","jwk":{"kty":"RSA","n":"{{{Forge.Encode(other.ExportParameters(false).Modulus!)}}}","e":"AQAB"}}"""),
        ];
        foreach (string attack in attacks)
        {
            Assert.Equal("bad_key", await world.AskAsync(attack));
        }

        Assert.Equal(Accepted, await world.AskAsync(good));
    }

    [Fact]
    public async Task ECDSA_signatures_are_64_bytes_and_no_DER()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(_ec.ExportSubjectPublicKeyInfoPem(), "ES256");
        string good = Forge.Ec(Forge.Good, _ec);
        string[] parts = good.Split('.');
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = [.. _ec.ExportParameters(false).Q.X!, .. _ec.ExportParameters(false).Q.Y!];

        string[] attacks =
        [
            Forge.Ec(
                Forge.Good, _ec,
                format: DSASignatureFormat.Rfc3279DerSequence), Forge.Ec(Forge.Good, p384),
                Forge.Ec(Forge.Good, p384, """{"alg":"ES384"}"""),
            Forge.Ec(Forge.Good, other),
            $"{parts[0]}.{parts[1]}.{Forge.Encode(new byte[64])}",
            $"{parts[0]}.{parts[1]}.{Forge.Encode([.. new byte[64], .. new byte[32]])}",
            Forge.Hmac(Forge.Good, """{"alg":"ES256"}""", point), Forge.Hmac(Forge.Good, secret: point), $"{parts[0]}.{parts[1]}.",
        ];
        foreach (string attack in attacks)
        {
            Assert.Equal("bad_key", await world.AskAsync(attack));
        }

        Assert.Equal(Accepted, await world.AskAsync(good));
    }

    [Fact]
    public async Task A_signature_with_r_or_s_out_of_range_is_rejected()
    {
        // CVE-2022-21449 of another platform: r = s = 0, or the order of the curve, once passed for any message.
        await using TokenWorld world = await TokenWorld.StartAsync(_ec.ExportSubjectPublicKeyInfoPem(), "ES256");
        string[] parts = Forge.Ec(Forge.Good, _ec).Split('.');
        byte[] order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        byte[] one = new BigInteger(1).ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] zero = new byte[32];
        byte[][] values = [zero, order, [.. new byte[31], .. one]];

        foreach (byte[] signature in values.SelectMany(r => values.Select(s => (byte[])[.. r, .. s])))
        {
            Assert.Equal("bad_key", await world.AskAsync($"{parts[0]}.{parts[1]}.{Forge.Encode(signature)}"));
        }
    }

    [Fact]
    public async Task The_kid_selects_the_key_of_a_JWKS()
    {
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using TokenWorld world = await TokenWorld.StartAsync(
            $$"""{"keys":[{{Jwk(_ec, "a")}},{{Jwk(second, "b")}},{{JwkOf(_rsa, "r")}},"""
            + $$"""{"kty":"OKP","crv":"Ed25519","x":"AAAA","kid":"o"},{{Jwk(_ec, "e", "enc")}}]}""",
            "ES256", "RS256");

        Assert.Equal(Accepted, await world.AskAsync(Forge.Ec(Forge.Good, _ec, """{"alg":"ES256","kid":"a"}""")));
        Assert.Equal(Accepted, await world.AskAsync(Forge.Ec(Forge.Good, second, """{"alg":"ES256","kid":"b"}""")));
        Assert.Equal(Accepted, await world.AskAsync(Forge.Rsa(Forge.Good, _rsa)));
        string[] attacks =
        [
            Forge.Ec(
                Forge.Good, _ec,
                """{"alg":"ES256","kid":"b"}"""), Forge.Ec(
                    Forge.Good, _ec, """{"alg":"ES256","kid":"A"}"""), Forge.Ec(Forge.Good, _ec, """{"alg":"ES256","kid":"r"}"""),
            Forge.Ec(
                Forge.Good, _ec,
                """{"alg":"ES256","kid":"e"}"""), Forge.Ec(Forge.Good, _ec, """{"alg":"ES256","kid":""}"""), Forge.Ec(Forge.Good, _ec),
            Forge.Ec(Forge.Good, _ec, """{"alg":"ES256","kid":"../a"}"""), Forge.Hmac(Forge.Good, """{"alg":"HS256","kid":"a"}"""),
        ];
        foreach (string attack in attacks)
        {
            Assert.Equal("bad_key", await world.AskAsync(attack));
        }
    }

    [Fact]
    public async Task A_key_of_a_JWKS_works_with_its_own_algorithm_only()
    {
        string jwks = JwkOf(_rsa, "r").Replace("\"kty\"", "\"alg\":\"RS256\",\"kty\"", StringComparison.Ordinal);
        await using TokenWorld world = await TokenWorld.StartAsync($$"""{"keys":[{{jwks}}]}""", "RS256", "RS512");
        string rs512 = Forge.Sign(
            $"{Forge.Encode("""{"alg":"RS512","kid":"r"}""")}.{Forge.Encode(Forge.Good)}",
            signed => _rsa.SignData(signed, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));

        Assert.Equal("bad_key", await world.AskAsync(rs512));
        Assert.Equal(Accepted, await world.AskAsync(Forge.Rsa(Forge.Good, _rsa, """{"alg":"RS256","kid":"r"}""")));
    }

    /// <summary>A JWKS is the issuer's: what he puts in beside the key that counts must not keep a gateway from starting.</summary>
    [Fact]
    public async Task Unusable_keys_do_not_affect_the_others()
    {
        using var weak = RSA.Create(1024);
        string zero = Forge.Encode(new byte[32]);
        string[] bad =
        [
            JwkOf(weak, "weak"),
            $$"""{"kty":"EC","crv":"P-256","kid":"off","x":"{{zero}}","y":"{{zero}}"}""",
            JwkOf(_rsa, "ops").Replace("\"kty\"", "\"key_ops\":null,\"kty\"", StringComparison.Ordinal),
            """{"kty":"RSA","kid":"less"}""",
            """{"kty":"oct","kid":"short","k":"AAAA"}""",
            """{"kty":"RSA","kid":"a\nb","n":5}""",
            "\"text\"",
        ];
        await using TokenWorld world = await TokenWorld.StartAsync(
            $$"""{"keys":[{{string.Join(',', bad)}},{{Jwk(_ec, "good")}}]}""", "ES256");

        Assert.Equal(Accepted, await world.AskAsync(Forge.Ec(Forge.Good, _ec, """{"alg":"ES256","kid":"good"}""")));
        string told = Assert.Single(world.Log.Lines, line => line.Id == 306).Text;
        Assert.Contains("the key \"weak\" is an RSA key of 1024 bits", told, StringComparison.Ordinal);
        Assert.All(["off", "ops", "less"], id => Assert.Contains($"the key \"{id}\" is malformed", told, StringComparison.Ordinal));
        Assert.Contains("the key \"short\" has a secret of 3 bytes", told, StringComparison.Ordinal);
        Assert.EndsWith("a key with an odd kid is malformed; a key without a kid is malformed", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_RSA_and_an_EC_key_may_share_their_kid()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(
            $$"""{"keys":[{{JwkOf(_rsa, "a")}},{{Jwk(_ec, "a")}}]}""", "RS256", "ES256");

        Assert.Equal(Accepted, await world.AskAsync(Forge.Ec(Forge.Good, _ec, """{"alg":"ES256","kid":"a"}""")));
        Assert.Equal(Accepted, await world.AskAsync(Forge.Rsa(Forge.Good, _rsa, """{"alg":"RS256","kid":"a"}""")));
        Assert.Empty(world.Log.Lines);
    }

    [Fact]
    public async Task Secrets_of_a_JWKS_take_turns()
    {
        byte[] next = RandomNumberGenerator.GetBytes(32);
        await using TokenWorld world = await TokenWorld.StartAsync(
            $$"""{"keys":[{"kty":"oct","kid":"1","k":"{{Forge.Encode(Forge.Secret)}}"},"""
            + $$"""{"kty":"oct","kid":"2","k":"{{Forge.Encode(next)}}"}]}""",
            "HS256");

        Assert.Equal(Accepted, await world.AskAsync(Forge.Hmac(Forge.Good, """{"alg":"HS256","kid":"1"}""")));
        Assert.Equal(Accepted, await world.AskAsync(Forge.Hmac(Forge.Good, """{"alg":"HS256","kid":"2"}""", next)));
        Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac(Forge.Good, """{"alg":"HS256","kid":"2"}""")));
    }

    [Fact]
    public async Task Signatures_are_verified_on_the_thread_pool_and_a_full_queue_is_busy()
    {
        var queue = new VerificationQueue(workers: 1, maxWaiting: 2);
        using var goOn = new ManualResetEventSlim();
        int atOnce = 0, most = 0;
        Verdict Work()
        {
            most = Math.Max(most, Interlocked.Increment(ref atOnce));
            goOn.Wait(TimeSpan.FromSeconds(30));
            Interlocked.Decrement(ref atOnce);
            return Verdict.Reject("done");
        }

        Task<Verdict>[] inLine = [.. Enumerable.Range(0, 3).Select(_ => queue.RunAsync(Work).AsTask())];
        Task<Verdict> tooMany = queue.RunAsync(Work).AsTask();

        Assert.True(tooMany.IsCompletedSuccessfully);
        Assert.True((await tooMany).IsBusy);
        Assert.DoesNotContain(inLine, task => task.IsCompleted);
        goOn.Set();
        Assert.All(await Task.WhenAll(inLine), verdict => Assert.Equal("done", verdict.Problem));
        Assert.Equal(1, most);
        Assert.False((await queue.RunAsync(Work)).IsBusy);
    }

    private static string Jwk(ECDsa key, string id, string use = "sig")
    {
        ECPoint q = key.ExportParameters(false).Q;
        return $$"""{"kty":"EC","crv":"P-256","kid":"{{id}}","use":"{{use}}","x":"{{Forge.Encode(q.X!)}}","y":"{{Forge.Encode(q.Y!)}}"}""";
    }

    private static string JwkOf(RSA key, string id) =>
        $$"""{"kty":"RSA","kid":"{{id}}","n":"{{Forge.Encode(key.ExportParameters(false).Modulus!)}}","e":"AQAB","x5c":["AAAA"]}""";
}
