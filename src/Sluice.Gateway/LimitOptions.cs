namespace Sluice.Gateway;

/// <summary>Bounds on what clients may take; 0 = no limit.</summary>
public sealed record LimitOptions
{
    /// <summary>Sessions at one time, in all. A client above it is refused with <c>busy</c>.</summary>
    public int MaxConnections { get; init; }

    /// <summary>
    /// Sessions at one time of one client address: an IPv4 address, or the /64 that an IPv6 client gets as a whole. A client above it is refused
    /// with <c>busy</c>.
    /// </summary>
    public int MaxConnectionsPerIp { get; init; }

    /// <summary>Clients at one time that have not named a backend yet. A further one takes the place of the oldest, which is refused with <c>busy</c>.</summary>
    public int MaxPendingHandshakes { get; init; } = 4096;
}
