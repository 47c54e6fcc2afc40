using System.Text;
using Sluice.Tokens.Making;
using Sluice.Tokens.Tests.Kit;

namespace Sluice.Tokens.Tests.Verification;

/// <summary>Tokens whose signature the openssl program made are good, and openssl finds the signature of ours good.</summary>
public sealed class OpenSslTests : IDisposable
{
    private const string Accepted = "127.0.0.1:7083";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sluice-openssl-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("HS256", "sha256")]
    [InlineData("HS384", "sha384")]
    [InlineData("HS512", "sha512")]
    public async Task Secrets(string algorithm, string digest)
    {
        byte[] secret = await Run([], "rand", "-base64", "64");
        await using TokenWorld world = await TokenWorld.StartAsync(secret, new JwtOptions { Algorithms = [algorithm] });
        string signed = Signed(algorithm);

        // All that openssl rand wrote but for the line end behind it.
        string hex = Convert.ToHexString(secret.AsSpan(0, secret.Length - 1));
        byte[] mac = await Run(
            Encoding.ASCII.GetBytes(signed), "dgst", "-" + digest, "-mac", "HMAC", "-macopt", "hexkey:" + hex, "-binary");

        Assert.Equal(Accepted, await world.AskAsync($"{signed}.{Forge.Encode(mac)}"));
        Assert.Equal("bad_key", await world.AskAsync($"{Signed(algorithm, 7084)}.{Forge.Encode(mac)}"));
    }

    [Theory]
    [InlineData("RS256", "sha256", "pkcs1")]
    [InlineData("RS512", "sha512", "pkcs1")]
    [InlineData("PS256", "sha256", "pss")]
    public async Task RSA_keys(string algorithm, string digest, string padding)
    {
        await Run([], "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "private.pem");
        byte[] publicKey = await Run([], "pkey", "-in", "private.pem", "-pubout");
        await using TokenWorld world = await TokenWorld.StartAsync(publicKey, new JwtOptions { Algorithms = [algorithm] });
        string signed = Signed(algorithm);

        string[] salt = padding == "pss" ? ["-sigopt", "rsa_pss_saltlen:digest"] : [];
        byte[] signature = await Run(
            Encoding.ASCII.GetBytes(signed), [
                "dgst", "-" + digest, "-sign", "private.pem", "-sigopt", "rsa_padding_mode:" + padding, .. salt,
            ]);

        Assert.Equal(Accepted, await world.AskAsync($"{signed}.{Forge.Encode(signature)}"));
        Assert.Equal("bad_key", await world.AskAsync($"{Signed(algorithm, 7084)}.{Forge.Encode(signature)}"));
        Assert.Equal(Accepted, await world.AskAsync(Ours("private.pem", algorithm)));
    }

    [Theory]
    [InlineData("ES256", "prime256v1", "sha256", 32)]
    [InlineData("ES384", "secp384r1", "sha384", 48)]
    [InlineData("ES512", "secp521r1", "sha512", 66)]
    public async Task EC_keys(string algorithm, string curve, string digest, int bytes)
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "private.pem"), await Run([], "ecparam", "-name", curve, "-genkey"));
        byte[] publicKey = await Run([], "pkey", "-in", "private.pem", "-pubout");
        await using TokenWorld world = await TokenWorld.StartAsync(publicKey, new JwtOptions { Algorithms = [algorithm] });
        string signed = Signed(algorithm);

        byte[] der = await Run(Encoding.ASCII.GetBytes(signed), "dgst", "-" + digest, "-sign", "private.pem");

        Assert.Equal("bad_key", await world.AskAsync($"{signed}.{Forge.Encode(der)}"));
        Assert.Equal(Accepted, await world.AskAsync($"{signed}.{Forge.Encode(FromDer(der, bytes))}"));
        Assert.Equal(Accepted, await world.AskAsync(Ours("private.pem", algorithm)));
    }

    [Fact]
    public async Task Openssl_verifies_what_sluice_signs()
    {
        await Run([], "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "private.pem");
        await Run([], "pkey", "-in", "private.pem", "-pubout", "-out", "public.pem");
        string token = Ours("private.pem", "RS256");
        int dot = token.LastIndexOf('.');
        await File.WriteAllBytesAsync(
            Path.Combine(_folder.FullName, "signature"), System.Buffers.Text.Base64Url.DecodeFromChars(token.AsSpan(dot + 1)));

        byte[] said = await Run(
            Encoding.ASCII.GetBytes(token[..dot]), "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature");

        Assert.Equal("Verified OK", Encoding.ASCII.GetString(said).Trim());
    }

    private Task<byte[]> Run(byte[] input, params string[] arguments) => OpenSsl.RunAsync(_folder.FullName, input, arguments);

    private string Ours(string key, string algorithm) =>
        TokenMaker.FromKeyFile(Path.Combine(_folder.FullName, key), [algorithm]).Make(
            new RouteToken { Host = "127.0.0.1", Port = 7083 }, TokenWorld.Begin);

    private static string Signed(string algorithm, int port = 7083) =>
        $"{Forge.Encode($$"""{"alg":"{{algorithm}}"}""")}."
        + $"{Forge.Encode($$"""{"host":"127.0.0.1","port":{{port}},"exp":{{Forge.Soon}}}""")}";

    /// <summary>SEQUENCE of two INTEGERs to r and s of equal length.</summary>
    private static byte[] FromDer(byte[] der, int bytes)
    {
        var sequence = new System.Formats.Asn1.AsnReader(der, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        return [.. Fixed(), .. Fixed()];

        byte[] Fixed()
        {
            byte[] value = sequence.ReadInteger().ToByteArray(isUnsigned: true, isBigEndian: true);
            return [.. new byte[bytes - value.Length], .. value];
        }
    }
}
