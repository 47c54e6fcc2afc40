using System.Net;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Loop;

namespace Sluice.Daemon.Sections;

/// <summary><c>[common]</c>: what all listeners share.</summary>
internal static class CommonSection
{
    private static readonly TruthKind Truth = new();

    public static readonly Section<GatewayOptions> Table = new("common", new GatewayOptions())
    {
        Check = Check,
        CheckFiles = CheckFiles,
    };

    public static readonly Setting<int> DialRetry = Table.Add("dial_retry", new WholeNumberKind<int>(1, 100),
        "Dial attempts in all. Every address of a backend is tried at least once.",
        options => options.DialAttempts, (options, value) => options with { DialAttempts = value });

    public static readonly Setting<string> HeaderIdentify = Table.Add("header_identify",
        new TextKind(Strategies.Range, name => name.Length > 0),
        Table.Defaults.Resolver.Name,
        "The [routing strategy](routing.md). `ipHost` and `origin` mean the same: the key is the backend's `host:port`, "
        + "and `[policy]` says which are allowed.");

    public static readonly Setting<bool> RequireRegistry = Table.Add("require_registry", Truth, new RegistryOptions().Required,
        "Whether a registry that cannot be loaded within 30 s keeps the gateway from starting. If not, it is asked until it answers.");

    public static readonly Setting<byte[]> SuccessMessage = Table.Add("success_resp_message", new Base64Kind(65_536),
        "Message that a client gets, in a frame, when its backend is connected. \"b2s=\" is \"ok\".",
        options => options.SuccessMessage.ToArray(), (options, value) => options with { SuccessMessage = value });

    public static readonly Setting<TimeSpan> ConnectTimeout = Table.Add("connect_timeout", GateKinds.Timeout,
        "Seconds for the whole handshake, from accept to the complete key.",
        options => options.ConnectTimeout, (options, value) => options with { ConnectTimeout = value });

    public static readonly Setting<TimeSpan> ResolveTimeout = Table.Add("resolve_timeout", GateKinds.Timeout,
        "Seconds that the routing strategy may take to find the backend of a key. After that the client is rejected with `unreachable`.",
        options => options.ResolveTimeout, (options, value) => options with { ResolveTimeout = value });

    public static readonly Setting<bool> KcpReciprocity = Table.Add("kcp_reciprocity", Truth, KcpGateSection.Table.Defaults.Reciprocity,
        "Whether KCP clients get KCP backends (true) or TCP backends (false), if neither the key nor the registry says which. "
        + "See [backend protocols](routing.md#backend-protocols).");

    public static readonly Setting<ProxyProtocolVersion?> ProxyProtocol = Table.Add("proxy_protocol",
        new ChoiceKind<ProxyProtocolVersion?>(("off", null), ("v1", ProxyProtocolVersion.V1), ("v2", ProxyProtocolVersion.V2)),
        "The PROXY protocol header that every backend gets in its first bytes. It names the client. "
        + "See [PROXY protocol](tls-and-proxies.md#from-sluice-to-backends).",
        options => options.ProxyProtocol, (options, value) => options with { ProxyProtocol = value });

    public static readonly Setting<bool> BackendTls = Table.Add("backend_tls", Truth, false,
        "Whether TCP backends are dialled with TLS. A backend is `unreachable` if its certificate is not trusted, "
        + "or not for the host in the key. See [TLS to backends](tls-and-proxies.md#tls-to-backends).");

    public static readonly Setting<string> CaFile = Table.Add("ca_file", new PathKind(), "",
        "PEM file with the authorities that `backend_tls` trusts. Empty = those of the system. Watched: a new one is used for the next "
        + "connection.");

    public static readonly Setting<int> Loops = Table.Add("loops", new WholeNumberKind<int>(0, 1024),
        "Event loops, each a thread. 0 = one per core.",
        options => options.Loops, (options, value) => options with { Loops = value });

    public static readonly Setting<PollerKind> Poller = Table.Add("poller",
        new ChoiceKind<PollerKind>(("auto", PollerKind.Default), ("epoll", PollerKind.Epoll), ("poll", PollerKind.Poll)),
        "How the loops wait: epoll (Linux) is the fastest, poll works everywhere, auto takes the best there is.",
        options => options.Poller, (options, value) => options with { Poller = value });

    public static readonly Setting<bool> UdpGro = Table.Add("udp_gro", Truth,
        "KCP: whether the kernel joins datagrams of one peer that it receives (UDP GRO), on Linux 5.0 or later.",
        options => options.UdpBatching.ReceiveOffload,
        (options, value) => options with { UdpBatching = options.UdpBatching with { ReceiveOffload = value } });

    public static readonly Setting<bool> UdpGso = Table.Add("udp_gso", Truth,
        "KCP: whether datagrams of one size to one peer are sent joined (UDP GSO), on Linux 4.18 or later.",
        options => options.UdpBatching.SendOffload,
        (options, value) => options with { UdpBatching = options.UdpBatching with { SendOffload = value } });

    public static readonly Setting<bool> UdpReceiveBatches = Table.Add("udp_recvmmsg", Truth,
        "KCP: whether one system call receives several datagrams (recvmmsg), on Linux; false = one call for each.",
        options => options.UdpBatching.ReceiveBatches,
        (options, value) => options with { UdpBatching = options.UdpBatching with { ReceiveBatches = value } });

    public static readonly Setting<bool> UdpSendBatches = Table.Add("udp_sendmmsg", Truth,
        "KCP: whether one system call sends several datagrams (sendmmsg), on Linux; false = one call for each.",
        options => options.UdpBatching.SendBatches,
        (options, value) => options with { UdpBatching = options.UdpBatching with { SendBatches = value } });

    public static readonly Setting<bool> UdpGathering = Table.Add("udp_gathering", Truth,
        "KCP: whether a loop that receives bulk data, or more than 8,000 short datagrams a second, waits 0.2 ms for more before it passes "
        + "them on, which costs less. On Linux.",
        options => options.UdpBatching.Gathering,
        (options, value) => options with { UdpBatching = options.UdpBatching with { Gathering = value } });

    public static readonly Setting<bool> ErrorReply = Table.Add("error_reply", Truth,
        "Whether a rejected client gets the reason as `error <code>`. If not, its connection is closed without an answer, "
        + "as the original does.",
        options => options.ErrorReply, (options, value) => options with { ErrorReply = value });

    public static readonly Setting<int> MaxKeyBytes = Table.Add("max_key_bytes", new WholeNumberKind<int>(1, 65_536),
        "Longest key that a client may send, in bytes.",
        options => options.MaxKeyBytes, (options, value) => options with { MaxKeyBytes = value });

    public static readonly Setting<TimeSpan> DrainTimeout = Table.Add("drain_timeout", new SecondsKind(0, 86_400),
        "Seconds that live sessions may go on after SIGTERM or SIGINT. After that they are closed.",
        options => options.DrainTimeout, (options, value) => options with { DrainTimeout = value });

    public static readonly Setting<int> TcpUserTimeout = Table.Add("tcp_user_timeout", new WholeNumberKind<int>(0, 86_400),
        "Seconds that a client or a TCP backend may leave bytes unacknowledged, or unread with every buffer full, "
        + "before it counts as lost. 0 = the system decides, after some 15 minutes. On Linux; no effect elsewhere.",
        options => (int)options.TcpUserTimeout.TotalSeconds,
        (options, value) => options with { TcpUserTimeout = TimeSpan.FromSeconds(value) });

    public static readonly Setting<IReadOnlyList<IPAddress>> SourceAddresses = Table.Add("source_addresses", new AddressListKind(),
        "Addresses of this machine that backends are dialled from, in turn. `[]` = the system chooses. "
        + "One address has some 28,000 ports for each backend. "
        + "See [many sessions with one backend](routing.md#many-sessions-with-one-backend).",
        options => options.SourceAddresses, (options, value) => options with { SourceAddresses = value });

    /// <summary>Returns the gateway's options, as far as this section sets them.</summary>
    public static GatewayOptions Build(Settings settings) => Table.Build(settings) with
    {
        BackendTls = settings.Get(BackendTls) ? new BackendTlsOptions { CaFile = settings.Get(CaFile).OrNull() } : null,
    };

    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(Poller) == PollerKind.Epoll && !OperatingSystem.IsLinux())
        {
            faults.Add(settings.PlaceOf(Poller), $"{Poller}: epoll exists on Linux only; write \"auto\"");
        }

        // An operator who names an authority relies on it.
        if (settings.Get(CaFile).Length > 0 && !settings.Get(BackendTls))
        {
            faults.Add(settings.PlaceOf(CaFile), $"{CaFile}: no backend is dialled with TLS; set backend_tls = true, or take the line out");
        }

        if (settings.Get(RequireRegistry) && !Strategies.AsksRegistry(settings))
        {
            faults.Warn(
                settings.PlaceOf(RequireRegistry),
                $"{RequireRegistry}: the strategy {Quoted.Text(settings.Get(HeaderIdentify))} asks no registry, so nothing reads this");
        }
    }

    private static void CheckFiles(Settings settings, FaultList faults)
    {
        if (settings.Get(BackendTls))
        {
            TlsSection.CheckAuthorities(settings, faults, CaFile);
        }
    }
}
