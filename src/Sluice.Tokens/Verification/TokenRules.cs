namespace Sluice.Tokens.Verification;

/// <summary>The rules that a verifier checks besides the signature.</summary>
/// <param name="Algorithms">Names of the algorithms that it may be signed with.</param>
/// <param name="Issuer">The required <c>iss</c>; empty = any.</param>
/// <param name="Audience">The required <c>aud</c>, or a part of it; empty = any.</param>
/// <param name="OneTime">Whether each token can be used once only, so that it is useless to remember verified ones.</param>
internal sealed record TokenRules(IReadOnlyList<string> Algorithms, string Issuer, string Audience, bool OneTime);
