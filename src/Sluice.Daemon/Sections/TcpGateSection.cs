using System.Net;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Sections;

/// <summary><c>[tcpgate]</c>: the listener for TCP clients.</summary>
internal static class TcpGateSection
{
    public static readonly Section<TcpGateOptions> Table = new("tcpgate", new TcpGateOptions());

    public static readonly Setting<int> Port = Table.Add("port", GateKinds.Port,
        "TCP port. 0 takes a free one, which the `ready` line names.",
        options => options.Port, (options, value) => options with { Port = value });

    public static readonly Setting<bool> Enabled = Table.Add("enabled", GateKinds.Truth, true, "Whether TCP clients are served.");

    public static readonly Setting<IPAddress?> Bind = Table.Add("bind", GateKinds.Address,
        "Address to listen on. If it is empty, the gateway listens on all addresses, IPv4 and IPv6.",
        options => options.Bind, (options, value) => options with { Bind = value });

    public static readonly Setting<TimeSpan> DialTimeout = Table.Add("dial_timeout", GateKinds.Timeout,
        "Seconds that one dial attempt to a backend may take.",
        options => options.DialTimeout, (options, value) => options with { DialTimeout = value });

    public static readonly Setting<bool> ZeroCopy = Table.Add("zero_copy", GateKinds.Truth,
        "Whether to relay inside the kernel with splice(2), on Linux. On other systems a warning is logged and bytes are copied.",
        options => options.ZeroCopy, (options, value) => options with { ZeroCopy = value });

    public static readonly Setting<TimeSpan> IdleTimeout = Table.Add("idle_timeout", GateKinds.IdleTimeout,
        "Ends a session after this many seconds without a byte in either direction. 0 = never.",
        options => options.IdleTimeout, (options, value) => options with { IdleTimeout = value });

    public static readonly Setting<IReadOnlyList<AddressRange>?> Proxies = Table.Add("accept_proxy_from", GateKinds.Ranges,
        "Proxies that begin every connection with a PROXY protocol header (v1 or v2), which names the client. "
        + "See [PROXY protocol](tls-and-proxies.md#from-a-proxy-to-sluice).",
        options => options.AcceptProxyFrom, (options, value) => options with { AcceptProxyFrom = value ?? [] });

    public static readonly TlsSection Tls = new("tcpgate.tls", Enabled);

    /// <summary>Returns the options of the listener, or null if it is not enabled.</summary>
    public static TcpGateOptions? Build(Settings settings) =>
        settings.Get(Enabled) ? Table.Build(settings) with { Tls = Tls.Build(settings) } : null;
}
