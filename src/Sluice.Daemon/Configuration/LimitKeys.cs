using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Limits;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[limits]</c>: what clients may take.</summary>
internal static class LimitKeys
{
    private const string Section = "limits";
    private static readonly WholeNumberKind Count = new(0, 10_000_000);

    public static readonly ConfigurationKey<long> MaxConnections = new(Section, "max_connections", Count, 0,
        "Sessions at one time; a client above it is refused with `busy`. 0 = no limit.");

    public static readonly ConfigurationKey<long> MaxConnectionsPerIp = new(Section, "max_connections_per_ip", Count, 0,
        "Sessions at one time of one client: an IPv4 address, or the /64 of an IPv6 address. A client above it is refused with `busy`. 0 = no limit.");

    public static readonly ConfigurationKey<long> MaxConnectionsPerSubnet = new(Section, "max_connections_per_subnet", Count, 0,
        "Sessions at one time of one IPv4 /24 or IPv6 /48; a client above it is refused with `busy`. 0 = no limit.");

    public static readonly ConfigurationKey<long> NewPerIp = new(Section, "new_connections_per_ip_per_second", Count, 0,
        "Sessions that one client (as above) may begin per second, so many of them at once; above it `busy`. 0 = no limit.");

    public static readonly ConfigurationKey<long> NewPerSubnet = new(Section, "new_connections_per_subnet_per_second", Count, 0,
        "Sessions that one IPv4 /24 or IPv6 /48 may begin per second, so many of them at once; above it `busy`. 0 = no limit.");

    public static readonly ConfigurationKey<long> MaxPendingHandshakes = new(Section, "max_pending_handshakes", Count, 4096,
        "Clients at one time that have not named a backend yet; above it the oldest is refused with `busy`. 0 = no limit.");

    public static readonly ConfigurationKey<long> MaxMemoryBytes = new(Section, "max_memory_bytes", new WholeNumberKind(0, 1L << 50), 0,
        "Memory of the process (resident set, looked at once a second) above which new clients are refused with `busy`. 0 = no limit.");

    public static IReadOnlyList<ConfigurationKey> All { get; } =
        [MaxConnections, MaxConnectionsPerIp, MaxConnectionsPerSubnet, NewPerIp, NewPerSubnet, MaxPendingHandshakes, MaxMemoryBytes];

    /// <summary>What the settings mean for the gateway.</summary>
    public static LimitOptions ToLimitOptions(this Settings settings) => new()
    {
        MaxConnections = settings.GetInt(MaxConnections),
        MaxConnectionsPerIp = settings.GetInt(MaxConnectionsPerIp),
        MaxConnectionsPerSubnet = settings.GetInt(MaxConnectionsPerSubnet),
        NewConnectionsPerIpPerSecond = settings.GetInt(NewPerIp),
        NewConnectionsPerSubnetPerSecond = settings.GetInt(NewPerSubnet),
        MaxPendingHandshakes = settings.GetInt(MaxPendingHandshakes),
        MaxMemoryBytes = settings.Get(MaxMemoryBytes),
    };
}
