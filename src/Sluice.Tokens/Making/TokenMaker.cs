using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sluice.Tokens.Keys;

namespace Sluice.Tokens.Making;

/// <summary>Creates tokens for the strategy <c>jwt</c>, as <c>sluice token</c> does. Any JWT library can do the same.</summary>
public sealed class TokenMaker
{
    private readonly JsonWebTokenHandler _library = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials _credentials;

    private TokenMaker(SecurityKey key, string algorithm)
    {
        _credentials = new SigningCredentials(key, algorithm);
        Algorithm = algorithm;
    }

    /// <summary>The algorithm that tokens are signed with.</summary>
    public string Algorithm { get; }

    /// <summary>Reads a key file: an HMAC secret, or a private key in PEM without a passphrase.</summary>
    /// <param name="file">The key file.</param>
    /// <param name="algorithms">
    /// Some of <see cref="JwtAlgorithms.Names"/>, of which the first that fits the key is used. None = the usual one for the key: HS256,
    /// RS256, or that of its curve.
    /// </param>
    /// <param name="keyId">The <c>kid</c>, for gateways with a JWKS; null = none.</param>
    /// <exception cref="TokenKeyException">The file cannot be used, or not for these algorithms.</exception>
    public static TokenMaker FromKeyFile(string file, IReadOnlyList<string>? algorithms = null, string? keyId = null)
    {
        KeyFile read = KeyFile.Read(file);
        if (read.IsJson)
        {
            throw new TokenKeyException(
                file, "is a JWKS, and tokens are signed with a private key in PEM or a secret; name the file with that");
        }

        AsymmetricAlgorithm? pair = read.IsPem ? PemKey.ReadPrivate(read) : null;
        JwtAlgorithm[] possible = pair switch
        {
            null => Of(JwtKeyKind.Secret),
            RSA => Of(JwtKeyKind.Rsa),
            _ => [.. Of(JwtKeyKind.Ec).Where(algorithm => algorithm.KeyBits == pair.KeySize)],
        };
        JwtAlgorithm chosen = Choose(file, possible, algorithms ?? []);
        SecurityKey key = pair switch
        {
            null => new SymmetricSecurityKey(read.Secret(chosen)),
            RSA rsa => new RsaSecurityKey(rsa),
            _ => new ECDsaSecurityKey((ECDsa)pair),
        };
        key.KeyId = keyId;
        return new TokenMaker(key, chosen.Name);
    }

    /// <summary>Creates a token.</summary>
    /// <param name="token">Its contents.</param>
    /// <param name="now">When it starts to be valid.</param>
    public string Make(RouteToken token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _library.CreateToken(Payload(token, now), _credentials);
    }

    private static JwtAlgorithm Choose(string file, JwtAlgorithm[] possible, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return possible[0];
        }

        string fits = string.Join(", ", possible.Select(algorithm => algorithm.Name));
        return names
            .Select(name => Array.Find(possible, algorithm => string.Equals(algorithm.Name, name, StringComparison.Ordinal)))
            .FirstOrDefault(algorithm => algorithm is not null)
            ?? throw new TokenKeyException(file, $"is for {fits}, not for {string.Join(", ", names)}; name another key or algorithm");
    }

    private static JwtAlgorithm[] Of(JwtKeyKind kind) => [.. JwtAlgorithm.All.Where(algorithm => algorithm.Kind == kind)];

    private static string Payload(RouteToken token, DateTimeOffset now)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            Write("node", token.Node);
            Write("host", token.Host);
            if (token.Node is null)
            {
                writer.WriteNumber("port", token.Port);
            }

            Write("protocol", token.Protocol);
            Write("iss", token.Issuer);
            Write("aud", token.Audience);
            Write("client_ip", token.ClientIp);
            Write("jti", token.Id);
            writer.WriteNumber("iat", now.ToUnixTimeSeconds());
            writer.WriteNumber("exp", now.ToUnixTimeSeconds() + (long)Math.Ceiling(token.Lifetime.TotalSeconds));
            writer.WriteEndObject();

            void Write(string name, string? value)
            {
                if (!string.IsNullOrEmpty(value))
                {
                    writer.WriteString(name, value);
                }
            }
        }

        return Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length);
    }
}
