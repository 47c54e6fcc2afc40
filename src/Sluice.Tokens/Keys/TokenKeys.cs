namespace Sluice.Tokens.Keys;

/// <summary>Reads a key file for the allowed algorithms. The contents determine the kind of key, which must fit them.</summary>
internal static class TokenKeys
{
    /// <summary>Reads the keys.</summary>
    /// <exception cref="TokenKeyException">The file cannot be used, or holds the wrong kind of key.</exception>
    public static TokenKeySet Load(KeyFile file, IReadOnlyList<string> algorithms)
    {
        JwtAlgorithm[] allowed =
        [
            .. algorithms.Select(name => JwtAlgorithm.TryGet(name, out JwtAlgorithm? algorithm) ? algorithm
                : throw new ArgumentException($"\"{name}\" is not an algorithm.", nameof(algorithms))),
        ];
        if (allowed.Length == 0)
        {
            throw new ArgumentException("At least one algorithm is needed.", nameof(algorithms));
        }

        if (file.IsJson)
        {
            return LoadJwks(file, allowed);
        }

        return file.IsPem ? LoadPublicKey(file, allowed) : LoadSecret(file, allowed);
    }

    private static TokenKeySet LoadJwks(KeyFile file, JwtAlgorithm[] allowed)
    {
        TokenKeySet set = Jwks.Read(file);
        return set.All.Any(key => key.Algorithms.Intersect(allowed).Any())
            ? set
            : throw new TokenKeyException(
                file.Path,
                $"holds no key for {Listed(allowed)}; its keys are for {Listed(set.All.SelectMany(key => key.Algorithms).Distinct())}: "
                + "set algorithms to one of these");
    }

    private static TokenKeySet LoadPublicKey(KeyFile file, JwtAlgorithm[] allowed)
    {
        if (Array.Find(allowed, algorithm => algorithm.Kind == JwtKeyKind.Secret) is { } hmac)
        {
            // Everybody may know a public key. Used as a secret, it would let everybody sign.
            throw new TokenKeyException(
                file.Path,
                $"is PEM, which cannot be the secret of {hmac.Name}; "
                + $"set algorithms to [\"RS256\"] or [\"ES256\"] for a public key, or {KeyFile.Remedy}");
        }

        TokenKey key = PemKey.ReadPublic(file);
        return Array.Find(allowed, algorithm => !key.Algorithms.Contains(algorithm)) is { } unfit
            ? throw new TokenKeyException(
                file.Path, $"is a key for {Listed(key.Algorithms)} and not for {unfit.Name}; set algorithms to what tokens are signed with")
            : new TokenKeySet([key], $"a public key for {Listed(key.Algorithms)}");
    }

    private static TokenKeySet LoadSecret(KeyFile file, JwtAlgorithm[] allowed)
    {
        if (Array.Find(allowed, algorithm => algorithm.Kind != JwtKeyKind.Secret) is { } asymmetric)
        {
            throw new TokenKeyException(
                file.Path,
                $"is neither PEM nor JWKS, and {asymmetric.Name} needs a public key; "
                + "write it as PEM, or set algorithms to [\"HS256\"] for a secret");
        }

        byte[] secret = file.Secret(allowed.MaxBy(algorithm => algorithm.KeyBits)!);
        return new TokenKeySet([TokenKey.OfSecret(secret)], $"a secret of {secret.Length} bytes");
    }

    private static string Listed(IEnumerable<JwtAlgorithm> algorithms) => string.Join(", ", algorithms.Select(algorithm => algorithm.Name));
}
