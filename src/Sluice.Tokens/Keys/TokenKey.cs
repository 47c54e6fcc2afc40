using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Sluice.Tokens.Keys;

/// <summary>
/// A key that verifies signatures, and the algorithms that it may be used for. Not a record, so that nothing prints a secret.
/// </summary>
internal sealed class TokenKey
{
    private readonly int _rsaBytes;

    private TokenKey(JwtKeyKind kind, SecurityKey key, IReadOnlyList<JwtAlgorithm> algorithms)
    {
        Kind = kind;
        Key = key;
        Algorithms = algorithms;
    }

    private TokenKey(TokenKey other, string? id, IReadOnlyList<JwtAlgorithm> algorithms)
        : this(other.Kind, other.Key, algorithms)
    {
        Id = id;
        Secret = other.Secret;
        _rsaBytes = other._rsaBytes;
    }

    private TokenKey(JwtKeyKind kind, SecurityKey key, int rsaBytes, byte[] secret)
        : this(kind, key, [.. JwtAlgorithm.All.Where(algorithm => algorithm.Kind == kind)])
    {
        _rsaBytes = rsaBytes;
        Secret = secret;
    }

    public JwtKeyKind Kind { get; }

    public SecurityKey Key { get; }

    /// <summary>The <c>kid</c> that selects the key; null if it has none.</summary>
    public string? Id { get; }

    public IReadOnlyList<JwtAlgorithm> Algorithms { get; }

    /// <summary>The secret of an HMAC; empty for other kinds.</summary>
    public byte[] Secret { get; } = [];

    /// <summary>Creates an HMAC key, for the algorithms whose hash is not longer than the key.</summary>
    public static TokenKey OfSecret(byte[] secret) =>
        new TokenKey(JwtKeyKind.Secret, new SymmetricSecurityKey(secret), 0, secret)
            .Only(algorithm => algorithm.KeyBits <= secret.Length * 8);

    /// <summary>Creates an RSA public key.</summary>
    public static TokenKey OfRsa(RSAParameters key) => new(JwtKeyKind.Rsa, new RsaSecurityKey(key), key.Modulus!.Length, []);

    /// <summary>Creates a public key on one of the three curves, for the algorithm of its curve alone.</summary>
    public static TokenKey OfEc(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int bits = key.KeySize;

        // A copy, because the library verifies with it from several threads as long as the key is in use.
        var copy = new ECDsaSecurityKey(ECDsa.Create(key.ExportParameters(includePrivateParameters: false)));
        return new TokenKey(JwtKeyKind.Ec, copy, 0, []).Only(algorithm => algorithm.KeyBits == bits);
    }

    /// <summary>Returns the same key under an id, and if an algorithm is named, for that alone.</summary>
    public TokenKey Named(string? id, string? algorithm) =>
        new(this, id, [.. Algorithms.Where(known => algorithm is null || string.Equals(known.Name, algorithm, StringComparison.Ordinal))]);

    /// <summary>Returns the bytes of a signature made with the key.</summary>
    public int SignatureBytes(JwtAlgorithm algorithm) => Kind == JwtKeyKind.Rsa ? _rsaBytes : algorithm.SignatureBytes;

    private TokenKey Only(Func<JwtAlgorithm, bool> fits) => new(this, Id, [.. Algorithms.Where(fits)]);
}
