namespace Sluice.Tokens.Making;

/// <summary>The contents of a token to create. It names either a host and a port, or a node.</summary>
public sealed record RouteToken
{
    /// <summary>Claim <c>host</c>: an address or a name.</summary>
    public string? Host { get; init; }

    /// <summary>Claim <c>port</c>, 1 to 65535.</summary>
    public int Port { get; init; }

    /// <summary>Claim <c>node</c>: a name in the gateway's registry.</summary>
    public string? Node { get; init; }

    /// <summary>Claim <c>protocol</c>: <c>tcp</c> or <c>kcp</c>; null = the client's own.</summary>
    public string? Protocol { get; init; }

    /// <summary>How long the token is valid, in whole seconds: the time from <c>iat</c> to <c>exp</c>.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Claim <c>iss</c>; empty = none.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>Claim <c>aud</c>; empty = none.</summary>
    public string Audience { get; init; } = "";

    /// <summary>Claim <c>client_ip</c>; null = from anywhere.</summary>
    public string? ClientIp { get; init; }

    /// <summary>Claim <c>jti</c>; null = none.</summary>
    public string? Id { get; init; }
}
