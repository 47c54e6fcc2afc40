namespace Sluice.Gateway.Limits;

/// <summary>Limits on what clients may use; 0 = no limit. A client above one is rejected with <c>busy</c>.</summary>
/// <remarks>
/// One client is an IPv4 address, or the /64 that an IPv6 client gets as a whole. Its subnet is the IPv4 /24 or the IPv6 /48, of which a
/// single customer may have all /64s.
/// </remarks>
public sealed record LimitOptions
{
    /// <summary>Sessions at one time, in all.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Sessions at one time of one client.</summary>
    public int MaxConnectionsPerIp { get; init; }

    /// <summary>Sessions at one time of one subnet.</summary>
    public int MaxConnectionsPerSubnet { get; init; }

    /// <summary>Sessions that one client may begin per second; all of them may come at once.</summary>
    public int NewConnectionsPerIpPerSecond { get; init; }

    /// <summary>Sessions that one subnet may begin per second; all of them may come at once.</summary>
    public int NewConnectionsPerSubnetPerSecond { get; init; }

    /// <summary>
    /// Clients at one time that have not sent their key yet. A further one evicts the oldest, which is rejected with <c>busy</c>.
    /// </summary>
    public int MaxPendingHandshakes { get; init; } = 4096;

    /// <summary>Memory of the process in bytes (resident set) above which no session begins; live sessions go on.</summary>
    public long MaxMemoryBytes { get; init; }
}
