using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Sluice.Tokens.Verification;

/// <summary>Tokens whose signature was found good under one key, so that a client that comes again does not cost a verification.</summary>
/// <remarks>
/// Only good tokens come in, so nobody without a key can fill it. Of two halves the older is let go when the younger is full: bounded, and
/// no lock. What depends on time and client is asked of the claims each time.
/// </remarks>
internal sealed class VerifiedTokens
{
    /// <summary>Tokens in each half; with <see cref="MaxChars"/> the whole stays below 4 MiB.</summary>
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

        // Loops that add meanwhile may overshoot by a few; whoever lost the race has nothing more to do.
        if (Interlocked.Exchange(ref _added, 0) >= HalfSize)
        {
            _old = _young;
            _young = New();
        }
    }

    private static ConcurrentDictionary<string, RouteClaims> New() => new(StringComparer.Ordinal);
}
