using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sluice.Tokens;

/// <summary>The algorithms that there are. <c>none</c> is not one of them.</summary>
public static class JwtAlgorithms
{
    /// <summary>RFC 7518, section 3.1.</summary>
    internal static IReadOnlyList<JwtAlgorithm> All { get; } =
    [
        Hmac("HS256", HashAlgorithmName.SHA256, 32), Hmac("HS384", HashAlgorithmName.SHA384, 48), Hmac("HS512", HashAlgorithmName.SHA512, 64),
        Rsa("RS256"), Rsa("RS384"), Rsa("RS512"), Rsa("PS256"), Rsa("PS384"), Rsa("PS512"),
        Ec("ES256", 256), Ec("ES384", 384), Ec("ES512", 521),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(algorithm => algorithm.Name)];

    /// <summary>Finds one by its exact name.</summary>
    internal static bool TryGet(string name, [NotNullWhen(true)] out JwtAlgorithm? algorithm)
    {
        algorithm = All.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.Ordinal));
        return algorithm is not null;
    }

    private static JwtAlgorithm Hmac(string name, HashAlgorithmName hash, int bytes) =>
        new(name, JwtKeyKind.Secret) { Hash = hash, SignatureBytes = bytes, KeyBits = bytes * 8 };

    private static JwtAlgorithm Rsa(string name) => new(name, JwtKeyKind.Rsa);

    private static JwtAlgorithm Ec(string name, int bits) => new(name, JwtKeyKind.Ec) { KeyBits = bits, SignatureBytes = 2 * ((bits + 7) / 8) };
}
