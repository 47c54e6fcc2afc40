using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Limits;

namespace Sluice.Daemon.Sections;

/// <summary><c>[limits]</c>: how much clients may use.</summary>
internal static class LimitsSection
{
    private static readonly WholeNumberKind<int> Count = new(0, 10_000_000);

    public static readonly Section<LimitOptions> Table = new("limits", new LimitOptions());

    public static readonly Setting<int> MaxConnections = Table.Add("max_connections", Count,
        "Sessions at one time. A client above it is rejected with `busy`. 0 = no limit.",
        options => options.MaxConnections, (options, value) => options with { MaxConnections = value });

    public static readonly Setting<int> MaxConnectionsPerIp = Table.Add("max_connections_per_ip", Count,
        "Sessions at one time of one client: an IPv4 address, or the /64 of an IPv6 address. "
        + "A client above it is rejected with `busy`. 0 = no limit.",
        options => options.MaxConnectionsPerIp, (options, value) => options with { MaxConnectionsPerIp = value });

    public static readonly Setting<int> MaxConnectionsPerSubnet = Table.Add("max_connections_per_subnet", Count,
        "Sessions at one time of one IPv4 /24 or IPv6 /48. A client above it is rejected with `busy`. 0 = no limit.",
        options => options.MaxConnectionsPerSubnet, (options, value) => options with { MaxConnectionsPerSubnet = value });

    public static readonly Setting<int> NewPerIp = Table.Add("new_connections_per_ip_per_second", Count,
        "Sessions that one client (as above) may begin per second, up to that many at once. Further ones get `busy`. 0 = no limit.",
        options => options.NewConnectionsPerIpPerSecond, (options, value) => options with { NewConnectionsPerIpPerSecond = value });

    public static readonly Setting<int> NewPerSubnet = Table.Add("new_connections_per_subnet_per_second", Count,
        "Sessions that one IPv4 /24 or IPv6 /48 may begin per second, up to that many at once. Further ones get `busy`. 0 = no limit.",
        options => options.NewConnectionsPerSubnetPerSecond, (options, value) => options with { NewConnectionsPerSubnetPerSecond = value });

    public static readonly Setting<int> MaxPendingHandshakes = Table.Add("max_pending_handshakes", Count,
        "Clients at one time that have not named a backend yet. Above it, the oldest of them is rejected with `busy`. 0 = no limit.",
        options => options.MaxPendingHandshakes, (options, value) => options with { MaxPendingHandshakes = value });

    public static readonly Setting<long> MaxMemoryBytes = Table.Add("max_memory_bytes", new WholeNumberKind<long>(0, 1L << 50),
        "Memory of the process (resident set, read once a second) above which new clients are rejected with `busy`. 0 = no limit.",
        options => options.MaxMemoryBytes, (options, value) => options with { MaxMemoryBytes = value });
}
