using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Sluice.Tokens.Verification;

/// <summary>A cache of tokens that the current keys verified, so that a returning client costs no verification.</summary>
/// <remarks>
/// Only valid tokens are added, so nobody without a key can fill it. It has two halves, and drops the older when the younger is full, so it
/// is limited and needs no lock. Conditions of time and client are checked against the claims each time.
/// </remarks>
internal sealed class VerifiedTokens
{
    /// <summary>Tokens in each half. Together with <see cref="MaxChars"/>, the cache stays below 4 MiB.</summary>
    public const int HalfSize = 512;

    /// <summary>Longer tokens are not kept.</summary>
    public const int MaxChars = 2048;

    private ConcurrentDictionary<string, RouteClaims> _young = New();
    private ConcurrentDictionary<string, RouteClaims> _old = New();
    private int _added;

    public bool TryGet(string token, [NotNullWhen(true)] out RouteClaims? claims) =>
        _young.TryGetValue(token, out claims) || _old.TryGetValue(token, out claims);

    public void Add(string token, RouteClaims claims)
    {
        if (token.Length > MaxChars || !_young.TryAdd(token, claims) || Interlocked.Increment(ref _added) < HalfSize)
        {
            return;
        }

        // Loops that add at the same time may exceed the size by a few. Only one of them swaps the halves.
        if (Interlocked.Exchange(ref _added, 0) >= HalfSize)
        {
            _old = _young;
            _young = New();
        }
    }

    private static ConcurrentDictionary<string, RouteClaims> New() => new(StringComparer.Ordinal);
}
