namespace Sluice.Tokens;

/// <summary>Which tokens are believed.</summary>
public sealed record JwtOptions
{
    /// <summary>The algorithms that a token may be signed with, by their names of RFC 7518; see <see cref="JwtAlgorithms.Names"/>.</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = ["HS256"];

    /// <summary>File with the HMAC secret, a PEM public key, or a JWKS. It is watched. Needed where <see cref="Verify"/> is set.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>What <c>iss</c> must be; empty = not looked at.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>What <c>aud</c> must be or contain; empty = not looked at.</summary>
    public string Audience { get; init; } = "";

    /// <summary>How far the clock of the issuer may differ: counted onto <c>exp</c> and off <c>nbf</c>.</summary>
    public TimeSpan Leeway { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>False: no signature is looked at, and a token is a label that any client can write.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Whether a token without <c>exp</c>, which would be good for ever, is refused. Not asked where <see cref="Verify"/> is false.</summary>
    public bool RequireExpiry { get; init; } = true;

    /// <summary>Whether a token without <c>client_ip</c> is refused; one with it must come from that address in any case.</summary>
    public bool RequireClientIp { get; init; }

    /// <summary>Whether a token serves once: it needs <c>jti</c> and <c>exp</c>, and is remembered until it is expired.</summary>
    public bool OneTime { get; init; }

    /// <summary>Most tokens that are remembered for <see cref="OneTime"/>, about 80 bytes each; when all are still good, clients are refused with <c>busy</c>.</summary>
    public int OneTimeCapacity { get; init; } = 100_000;
}
