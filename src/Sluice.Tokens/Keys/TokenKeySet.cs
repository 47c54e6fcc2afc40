namespace Sluice.Tokens.Keys;

/// <summary>The keys of one file. Each token has at most one key to try, so that a client cannot make the gateway try them all.</summary>
internal sealed class TokenKeySet(IReadOnlyList<TokenKey> keys, string description)
{
    /// <summary>The keys.</summary>
    public IReadOnlyList<TokenKey> All => keys;

    /// <summary>A description for logs and messages, such as <c>a secret of 64 bytes</c>.</summary>
    public string Description => description;

    /// <summary>The keys of the file that cannot be used, and why, for the operator; null = none.</summary>
    public string? Skipped { get; init; }

    /// <summary>
    /// Finds the key that the token names. A token that names none gets the only key that fits. If the file has a single key without a
    /// name, tokens may call it anything.
    /// </summary>
    public TokenKey? Find(string? id, JwtAlgorithm algorithm)
    {
        bool any = id is null || (keys.Count == 1 && keys[0].Id is null);
        TokenKey? found = null;
        foreach (TokenKey key in keys)
        {
            if (!key.Algorithms.Contains(algorithm) || !(any || string.Equals(key.Id, id, StringComparison.Ordinal)))
            {
                continue;
            }

            if (found is not null)
            {
                return null;
            }

            found = key;
        }

        return found;
    }
}
