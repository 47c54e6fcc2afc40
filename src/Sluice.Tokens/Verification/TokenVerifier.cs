using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sluice.Tokens.Keys;

namespace Sluice.Tokens.Verification;

/// <summary>Verifies that tokens are signed with one of the keys, and reads their claims. New keys get a new verifier.</summary>
/// <remarks>
/// Cheap checks come first, so that garbage costs less than a good token: the form, the header, the algorithm, the length of the signature,
/// an HMAC. The library then verifies what passes, and only if it agrees are the claims read. The claims do not depend on time or client;
/// the resolver checks them against both at every use.
/// </remarks>
internal sealed class TokenVerifier
{
    private const int MaxKnownHeaders = 64;

    private readonly TokenKeySet _keys;
    private readonly IReadOnlyList<JwtAlgorithm> _algorithms;
    private readonly VerificationQueue _queue;
    private readonly VerifiedTokens? _verified;
    private readonly JsonWebTokenHandler _library = new();
    private readonly Dictionary<TokenKey, TokenValidationParameters> _parameters;
    private readonly ConcurrentDictionary<string, TokenHeader> _headers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TokenHeader>.AlternateLookup<ReadOnlySpan<char>> _knownHeaders;

    public TokenVerifier(TokenRules rules, TokenKeySet keys, VerificationQueue queue)
    {
        _keys = keys;
        _queue = queue;
        _algorithms = [.. JwtAlgorithm.All.Where(algorithm => rules.Algorithms.Contains(algorithm.Name, StringComparer.Ordinal))];
        _verified = rules.OneTime || keys.All.All(key => key.Kind == JwtKeyKind.Secret) ? null : new VerifiedTokens();
        _parameters = keys.All.ToDictionary(key => key, key => Parameters(rules, key));
        _knownHeaders = _headers.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Verifies a token. It completes at once for an HMAC, and if the form is rejected.</summary>
    public ValueTask<Verdict> VerifyAsync(string token)
    {
        if (_verified is not null && _verified.TryGet(token, out RouteClaims? claims))
        {
            return new(new Verdict(claims, null));
        }

        if (!TokenParts.TrySplit(token, out TokenParts parts))
        {
            return Reject("it is not three parts of canonical base64url");
        }

        TokenHeader? header = HeaderOf(parts.Header);
        if (header is null)
        {
            return Reject("its header is malformed, or requires something that is not allowed");
        }

        TokenKey? key = _keys.Find(header.KeyId, header.Algorithm);
        if (key is null)
        {
            return Reject("there is no key for its algorithm and kid");
        }

        if (!HasLengthOf(parts.Signature, key.SignatureBytes(header.Algorithm)))
        {
            return Reject("its signature has another length than its algorithm's");
        }

        if (key.Kind != JwtKeyKind.Secret)
        {
            return _queue.RunAsync(() => AskLibrary(token, header, key));
        }

        return HasHmac(parts, header.Algorithm, key.Secret) ? new(AskLibrary(token, header, key)) : Reject("its signature is wrong");
    }

    private static ValueTask<Verdict> Reject(string problem) => new(Verdict.Reject(problem));

    private TokenHeader? HeaderOf(ReadOnlySpan<char> part)
    {
        if (_knownHeaders.TryGetValue(part, out TokenHeader? known))
        {
            return known;
        }

        if (part.Length > TokenHeader.MaxBytes * 2)
        {
            return null;
        }

        using RentedBytes json = TokenParts.Decode(part);
        return TokenHeader.Read(json.Span, _algorithms);
    }

    private static bool HasLengthOf(ReadOnlySpan<char> signature, int bytes) => signature.Length * 3L / 4 == bytes;

    /// <summary>Verifies an HMAC before the library does, which rejects by throwing: that costs more than a good token.</summary>
    private static bool HasHmac(in TokenParts parts, JwtAlgorithm algorithm, byte[] secret)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(parts.Signed.Length);
        try
        {
            Span<byte> expected = stackalloc byte[SHA512.HashSizeInBytes];
            int signed = Encoding.ASCII.GetBytes(parts.Signed, rented);
            int length = CryptographicOperations.HmacData(algorithm.Hash, secret, rented.AsSpan(0, signed), expected);
            using RentedBytes actual = TokenParts.Decode(parts.Signature);
            return CryptographicOperations.FixedTimeEquals(expected[..length], actual.Span);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private Verdict AskLibrary(string token, TokenHeader header, TokenKey key)
    {
        TokenValidationResult result = _library.ValidateTokenAsync(token, _parameters[key]).GetAwaiter().GetResult();
        if (!result.IsValid)
        {
            return Verdict.Reject(result.Exception switch
            {
                SecurityTokenInvalidIssuerException => "its issuer is another",
                SecurityTokenInvalidAudienceException => "its audience is another",
                _ => "its signature is wrong",
            });
        }

        TokenParts.TrySplit(token, out TokenParts parts);
        using RentedBytes json = TokenParts.Decode(parts.Payload);
        if (RouteClaims.Read(json.Span, out string? problem) is not { } claims)
        {
            return Verdict.Reject(problem!);
        }

        if (_headers.Count < MaxKnownHeaders && parts.Header.Length <= TokenHeader.MaxBytes / 4)
        {
            _headers.TryAdd(parts.Header.ToString(), header);
        }

        if (key.Kind != JwtKeyKind.Secret)
        {
            // Verifying an HMAC again costs less than keeping a token that most clients use only once.
            _verified?.Add(token, claims);
        }

        return new Verdict(claims, null);
    }

    private static TokenValidationParameters Parameters(TokenRules rules, TokenKey key) => new()
    {
        RequireSignedTokens = true,
        ValidAlgorithms =
        [
            .. key.Algorithms.Select(algorithm => algorithm.Name).Where(name => rules.Algorithms.Contains(name, StringComparer.Ordinal)),
        ],

        // Only the chosen key, whatever the header says.
        IssuerSigningKeyResolver = (_, _, _, _) => [key.Key],
        TryAllIssuerSigningKeys = false,
        ValidateIssuer = rules.Issuer.Length > 0,
        ValidIssuer = rules.Issuer.Length > 0 ? rules.Issuer : null,
        ValidateAudience = rules.Audience.Length > 0,
        ValidAudience = rules.Audience.Length > 0 ? rules.Audience : null,
        IgnoreTrailingSlashWhenValidatingAudience = false,

        // JwtResolver checks exp and nbf at every use of a token, even if it was verified before.
        ValidateLifetime = false,
        LogValidationExceptions = false,
    };
}
