using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Routing;
using Sluice.Transport.Loop;
using Sluice.Transport.Udp;

namespace Sluice.Gateway;

/// <summary>The options of a <see cref="SluiceGateway"/>. The defaults are those of docs/configuration.md.</summary>
public sealed record GatewayOptions
{
    /// <summary>
    /// Name of this gateway, for processes with several: its metrics carry it as the tag <c>gateway</c>. Null = none. In any case the
    /// <see cref="System.Diagnostics.Metrics.Meter.Scope"/> of its meter is the <see cref="SluiceGateway"/> itself.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>The TCP listener; null = none.</summary>
    public TcpGateOptions? Tcp { get; init; }

    /// <summary>The KCP listener; null = none.</summary>
    public KcpGateOptions? Kcp { get; init; }

    /// <summary>
    /// Settings of the sessions towards KCP backends (<see cref="KcpGateOptions.Session"/>, FEC and encryption) if there is no KCP
    /// listener; null = the defaults. If there is one, its own settings serve both sides.
    /// </summary>
    public KcpGateOptions? KcpBackends { get; init; }

    /// <summary>The WebSocket listener; null = none.</summary>
    public WebSocketGateOptions? WebSocket { get; init; }

    /// <summary>Event loops; 0 = one per core. 0 to 1024.</summary>
    public int Loops { get; init; }

    /// <summary>Readiness mechanism of the loops.</summary>
    public PollerKind Poller { get; init; }

    /// <summary>Ways to move several datagrams in one system call that may be used if the system has them.</summary>
    public UdpBatching UdpBatching { get; init; } = new();

    /// <summary>The routing strategy.</summary>
    public IBackendResolver Resolver { get; init; } = new HostPortResolver();

    /// <summary>The message that a client gets, in a frame, once its backend is connected. At most 65,536 bytes.</summary>
    public ReadOnlyMemory<byte> SuccessMessage { get; init; } = "ok"u8.ToArray();

    /// <summary>Whether a rejected client gets the reason; if not, its connection is just closed.</summary>
    public bool ErrorReply { get; init; } = true;

    /// <summary>
    /// Time for the whole handshake, from accept to the complete key. 1 ms to 24 days, like every time below unless it says otherwise.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time for which bytes sent to a client or a TCP backend may stay unacknowledged, or untaken by a peer that does not read, before it
    /// counts as lost; whole seconds up to a day. Zero = the system's own, some 15 minutes. On Linux; no effect elsewhere.
    /// </summary>
    public TimeSpan TcpUserTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Addresses of this machine that backends are dialled from, in turn. Each one multiplies how many sessions a backend can have: an
    /// address has some 28,000 ports for it (net.ipv4.ip_local_port_range). A backend is dialled from addresses of its own family, one on
    /// loopback from loopback addresses and any other from the rest. If none fits, or the list is empty, the system chooses. At most 1,000.
    /// </summary>
    public IReadOnlyList<IPAddress> SourceAddresses { get; init; } = [];

    /// <summary>Longest key in bytes; 1 to 65,536.</summary>
    public int MaxKeyBytes { get; init; } = 4096;

    /// <summary>Dial attempts in all; 1 to 100. Every address of a backend is tried once at least.</summary>
    public int DialAttempts { get; init; } = 3;

    /// <summary>TCP backends are dialled with TLS, and must show a certificate that verifies; null = plain TCP.</summary>
    public BackendTlsOptions? BackendTls { get; init; }

    /// <summary>How long live sessions may run on after <see cref="SluiceGateway.StopAsync"/>. 0 to 24 days.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Limits on what clients may use.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>Which clients are served.</summary>
    public ClientOptions Clients { get; init; } = new();

    /// <summary>Version of the PROXY protocol header that a backend gets first, so that it knows its client; null = none.</summary>
    public ProxyProtocolVersion? ProxyProtocol { get; init; }

    /// <summary>
    /// Which backends may be dialled: ranges, ports, name patterns. Null = loopback, private IPv4 networks, and unique-local IPv6 networks
    /// that the machine has an address in.
    /// </summary>
    /// <remarks>
    /// If <see cref="Kcp"/> is null and clients name addresses (<see cref="HostPortResolver"/>), a KCP backend is allowed only by a rule
    /// that says <c>kcp://</c>.
    /// </remarks>
    public IReadOnlyList<PolicyRule>? Allow { get; init; }

    /// <summary>Which backends may not be dialled, whatever <see cref="Allow"/> says.</summary>
    public IReadOnlyList<PolicyRule> Deny { get; init; } = [];

    /// <summary>
    /// Prefixes under which this network translates IPv6 to IPv4 (NAT64), besides the well-known ones. An address under one of them is
    /// judged as the IPv4 address in it.
    /// </summary>
    public IReadOnlyList<Nat64Prefix> Nat64Prefixes { get; init; } = [];

    /// <summary>
    /// Further TCP end points that this process listens on. Like the gateway's own listeners no client reaches their ports, under any
    /// address of the machine.
    /// </summary>
    public IReadOnlyList<IPEndPoint> OtherListeners { get; init; } = [];

    /// <summary>How names are looked up; the system's resolver by default.</summary>
    /// <remarks>
    /// It is called on a thread of its own and may block: for 64 names at once, while 1,024 more wait. Above that clients are rejected
    /// with <c>busy</c>. Its token is cancelled when nobody waits for the answer any more. The system's resolver is asked once for all
    /// clients that want the same name at the same time, and for each address family by itself if it has not answered after 50 ms.
    /// </remarks>
    public Func<string, CancellationToken, Task<IPAddress[]>> LookUpName { get; init; } = NameLookup.AskSystem;

    /// <summary>How the system is asked for the addresses of a name in one family, or in all; for tests.</summary>
    internal Func<string, AddressFamily, IPAddress[]> SystemNames { get; init; } = Dns.GetHostAddresses;

    /// <summary>
    /// Time that <see cref="Resolver"/> may take for one client; at least a millisecond. Then the client is rejected with
    /// <c>unreachable</c>, the token that the strategy got is cancelled, and its answer is dropped if it still comes.
    /// </summary>
    public TimeSpan ResolveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock, for tests.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
