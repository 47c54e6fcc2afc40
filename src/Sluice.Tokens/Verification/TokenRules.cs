namespace Sluice.Tokens.Verification;

/// <summary>What a verifier checks about a token besides its signature.</summary>
/// <param name="Algorithms">Names of the algorithms that it may be signed with.</param>
/// <param name="Issuer">What <c>iss</c> must be; empty = any.</param>
/// <param name="Audience">What <c>aud</c> must be or contain; empty = any.</param>
/// <param name="OneTime">Whether each token can be used once only, so that it is useless to remember verified ones.</param>
internal sealed record TokenRules(IReadOnlyList<string> Algorithms, string Issuer, string Audience, bool OneTime);
