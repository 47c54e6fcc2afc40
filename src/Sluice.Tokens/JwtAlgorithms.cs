using Sluice.Tokens.Keys;

namespace Sluice.Tokens;

/// <summary>The algorithms that tokens may be signed with. <c>none</c> is not one of them.</summary>
public static class JwtAlgorithms
{
    /// <summary>Their names, of RFC 7518, section 3.1.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. JwtAlgorithm.All.Select(algorithm => algorithm.Name)];
}
