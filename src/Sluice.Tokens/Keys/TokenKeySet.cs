namespace Sluice.Tokens.Keys;

/// <summary>The keys of one file. For every token there is one key to try, or none: a client cannot make the gateway try them all.</summary>
internal sealed class TokenKeySet(IReadOnlyList<TokenKey> keys, string description)
{
    /// <summary>The keys.</summary>
    public IReadOnlyList<TokenKey> All => keys;

    /// <summary>What it is, for logs and messages: <c>a secret of 64 bytes</c>.</summary>
    public string Description => description;

    /// <summary>Keys of the file that cannot be used, and why, for the operator; null = none.</summary>
    public string? PassedOver { get; init; }

    /// <summary>
    /// Finds the key: the one that the token names; a token that names none gets the only one that fits. A file with a single key without
    /// a name does not mind what tokens call it.
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
