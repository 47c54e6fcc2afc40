namespace Sluice.Tokens;

/// <summary>Settings of the strategy <c>jwt</c>: which tokens are accepted.</summary>
public sealed record JwtOptions
{
    /// <summary>
    /// The algorithms that a token may be signed with, by their names in RFC 7518. See <see cref="JwtAlgorithms.Names"/>.
    /// </summary>
    public IReadOnlyList<string> Algorithms { get; init; } = ["HS256"];

    /// <summary>
    /// The file with the HMAC secret, a PEM public key, or a JWKS. Changes of it are detected. Required if <see cref="Verify"/> is true.
    /// </summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The required <c>iss</c>; empty = any.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>The required <c>aud</c>, or a part of it; empty = any.</summary>
    public string Audience { get; init; } = "";

    /// <summary>The allowed clock difference to the issuer: added to <c>exp</c> and subtracted from <c>nbf</c>.</summary>
    public TimeSpan Leeway { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether signatures are verified. If not, a token is a label that any client can write.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>
    /// Whether a token without <c>exp</c>, which would be valid for ever, is rejected. Ignored if <see cref="Verify"/> is false.
    /// </summary>
    public bool RequireExpiry { get; init; } = true;

    /// <summary>Whether a token without <c>client_ip</c> is rejected. A token with it must come from that address in any case.</summary>
    public bool RequireClientIp { get; init; }

    /// <summary>
    /// Whether a token can be used once only. It then needs <c>jti</c> and <c>exp</c>, and is remembered until it expires.
    /// </summary>
    public bool OneTime { get; init; }

    /// <summary>
    /// The most tokens remembered for <see cref="OneTime"/>, about 80 bytes each. While all of them are still valid, further clients are
    /// rejected with <c>busy</c>.
    /// </summary>
    public int OneTimeCapacity { get; init; } = 100_000;
}
