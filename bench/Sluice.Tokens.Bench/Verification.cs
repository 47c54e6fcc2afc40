using System.Net;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sluice.Gateway.Routing;
using Sluice.Tokens.Keys;
using Sluice.Tokens.Making;
using Sluice.Tokens.Verification;
using Sluice.Transport;

namespace Sluice.Tokens.Bench;

/// <summary>Measures the loop's cost of a token: a new one, a known one and rejected ones, compared with the library alone.</summary>
[MemoryDiagnoser]
public class Verification
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
    private readonly NetworkAddress _client = NetworkAddress.From(IPAddress.Loopback, 50_000);
    private readonly JsonWebTokenHandler _library = new();
    private TokenValidationParameters _parameters = new();
    private JwtResolver _resolver = null!;
    private TokenVerifier _hs256 = null!;
    private TokenVerifier _rs256 = null!;
    private TokenVerifier _es256 = null!;
    private string _hsToken = "";
    private string _wrongSignature = "";
    private string _badHeader = "";
    private string _rsToken = "";
    private string _esToken = "";

    [GlobalSetup]
    public async Task Setup()
    {
        byte[] secret = RandomNumberGenerator.GetBytes(48);
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string secretFile = Write("route.key", secret);
        _hsToken = Token(secretFile);
        _rsToken = Token(Write("rsa.pem", rsa.ExportPkcs8PrivateKeyPem()));
        _esToken = Token(Write("ec.pem", ec.ExportPkcs8PrivateKeyPem()));
        _wrongSignature = _hsToken[..^4] + "AAAA";
        _badHeader = "eyJhbGciOiJIUzI1NiI" + _hsToken[_hsToken.IndexOf('.')..];

        // A verifier of one-time tokens does not cache valid ones, so each call verifies the token again.
        _hs256 = Verifier(secretFile, "HS256");
        _rs256 = Verifier(Write("rsa-public.pem", rsa.ExportSubjectPublicKeyInfoPem()), "RS256");
        _es256 = Verifier(Write("ec-public.pem", ec.ExportSubjectPublicKeyInfoPem()), "ES256");
        var options = new JwtOptions { KeyFile = Path.Combine(_folder, "rsa-public.pem"), Algorithms = ["RS256"] };
        _resolver = new JwtResolver(options, NullLogger.Instance);
        await _resolver.StartAsync(CancellationToken.None);
        _parameters = new TokenValidationParameters
        {
            IssuerSigningKey = new SymmetricSecurityKey(secret),
            ValidAlgorithms = ["HS256"],
            ValidateIssuer = false,
            ValidateAudience = false,
        };
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _resolver.StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>JsonWebTokenHandler alone, without Sluice's own checks.</summary>
    [Benchmark(Baseline = true)]
    public Task<TokenValidationResult> LibraryAlone() => _library.ValidateTokenAsync(_hsToken, _parameters);

    /// <summary>A token that is seen for the first time, on the loop.</summary>
    [Benchmark]
    public async ValueTask<bool> NewHs256() => (await _hs256.VerifyAsync(_hsToken)).Claims is not null;

    /// <summary>A client that returns with its token, including the checks of time and client.</summary>
    [Benchmark]
    public async ValueTask<bool> KnownRs256() =>
        (await _resolver.ResolveAsync(new RouteRequest(_rsToken, _client), CancellationToken.None)).Backends.Count > 0;

    /// <summary>An invalid signature, which an attacker can send at will.</summary>
    [Benchmark]
    public async ValueTask<bool> WrongSignature() => (await _hs256.VerifyAsync(_wrongSignature)).Claims is not null;

    /// <summary>A header that is not JSON, the most expensive invalid input before the signature, because it throws.</summary>
    [Benchmark]
    public async ValueTask<bool> MalformedHeader() => (await _hs256.VerifyAsync(_badHeader)).Claims is not null;

    /// <summary>Input that is not a token.</summary>
    [Benchmark]
    public async ValueTask<bool> NoToken() => (await _hs256.VerifyAsync("127.0.0.1:7083")).Claims is not null;

    /// <summary>RSA with 2048 bits, including the hop to the thread pool and back.</summary>
    [Benchmark]
    public async Task<bool> NewRs256() => (await _rs256.VerifyAsync(_rsToken)).Claims is not null;

    /// <summary>ECDSA on P-256, including the hop to the thread pool and back.</summary>
    [Benchmark]
    public async Task<bool> NewEs256() => (await _es256.VerifyAsync(_esToken)).Claims is not null;

    private static TokenVerifier Verifier(string file, string algorithm)
    {
        var rules = new TokenRules([algorithm], "", "", OneTime: true);
        return new TokenVerifier(rules, TokenKeys.Load(KeyFile.Read(file), rules.Algorithms), new VerificationQueue());
    }

    private static string Token(string keyFile) =>
        TokenMaker.FromKeyFile(keyFile).Make(
            new RouteToken { Host = "127.0.0.1", Port = 7083, Lifetime = TimeSpan.FromDays(1) }, DateTimeOffset.UtcNow);

    private string Write(string name, string text) => Write(name, System.Text.Encoding.ASCII.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
