using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sluice.Tokens.Keys;

/// <summary>A way to sign a token.</summary>
/// <param name="Name">Its exact name in <c>alg</c>.</param>
/// <param name="Kind">
/// The only kind of key that may be used with it: an RSA key is never taken for a secret, nor a secret for an RSA key.
/// </param>
internal sealed record JwtAlgorithm(string Name, JwtKeyKind Kind)
{
    /// <summary>The algorithms of RFC 7518, section 3.1, without <c>none</c>.</summary>
    public static IReadOnlyList<JwtAlgorithm> All { get; } =
    [
        Hmac("HS256", HashAlgorithmName.SHA256, 32),
        Hmac("HS384", HashAlgorithmName.SHA384, 48),
        Hmac("HS512", HashAlgorithmName.SHA512, 64),
        Rsa("RS256"), Rsa("RS384"), Rsa("RS512"), Rsa("PS256"), Rsa("PS384"), Rsa("PS512"),
        Ec("ES256", 256), Ec("ES384", 384), Ec("ES512", 521),
    ];

    /// <summary>The hash of an HMAC.</summary>
    public HashAlgorithmName Hash { get; init; }

    /// <summary>
    /// Bytes of a signature; 0 if the key decides (RSA). An ECDSA signature is r and s, never DER (RFC 7518, section 3.4).
    /// </summary>
    public int SignatureBytes { get; init; }

    /// <summary>The least bits of a secret, or the exact bits of a curve; 0 if the key decides.</summary>
    public int KeyBits { get; init; }

    /// <summary>Finds an algorithm by its exact name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out JwtAlgorithm? algorithm)
    {
        algorithm = All.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.Ordinal));
        return algorithm is not null;
    }

    private static JwtAlgorithm Hmac(string name, HashAlgorithmName hash, int bytes) =>
        new(name, JwtKeyKind.Secret) { Hash = hash, SignatureBytes = bytes, KeyBits = bytes * 8 };

    private static JwtAlgorithm Rsa(string name) => new(name, JwtKeyKind.Rsa);

    private static JwtAlgorithm Ec(string name, int bits) =>
        new(name, JwtKeyKind.Ec) { KeyBits = bits, SignatureBytes = 2 * ((bits + 7) / 8) };
}
