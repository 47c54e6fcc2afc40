using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Daemon.Routing;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Transport.Loop;
using Sluice.Transport.WebSocket;

namespace Sluice.Daemon.Configuration;

/// <summary>
/// Every key there is: section, name, kind with range, default, and what it does. Reading, checking, the nearest-name advice and
/// docs/configuration.md all come from this table.
/// </summary>
internal static class Keys
{
    private static readonly TruthKind Truth = new();
    private static readonly WholeNumberKind Port = new(0, 65535);
    private static readonly SecondsKind Timeout = new(0.001, 3600);
    private static readonly PathKind LogPath = new();
    private static readonly PolicyRulesKind Rules = new();

    private static readonly ChoiceKind<WebSocketFraming> Framing =
        new(("length_prefixed", WebSocketFraming.LengthPrefixed), ("raw", WebSocketFraming.Raw));

    public static readonly ConfigurationKey<string> InfoFile = new("log", "infofilePath", LogPath, "log/info.log",
        "File for every line below warning; the current lines are always in this file, older ones beside it.");

    public static readonly ConfigurationKey<string> ErrorFile = new("log", "errorfilePath", LogPath, "log/error.log",
        "File for warnings and errors; it may be the same file as `infofilePath`.");

    public static readonly ConfigurationKey<LogLevel> LogLevelKey = new("log", "level",
        new ChoiceKind<LogLevel>(
            ("debug", LogLevel.Debug), ("information", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error)),
        LogLevel.Information,
        "The least important lines that are written, to the console and to the files.");

    public static readonly ConfigurationKey<bool> LogAsJson = new("log", "format",
        new ChoiceKind<bool>(("text", false), ("json", true)), false,
        "How lines are written: for people, or one JSON object per line.");

    public static readonly ConfigurationKey<long> MaxFileBytes = new("log", "max_file_bytes",
        new WholeNumberKind(4096, 1L << 40), 104_857_600,
        "A log file that would grow above this is renamed and a new one begun; so it is at the first line of each day (UTC).");

    public static readonly ConfigurationKey<long> KeepFiles = new("log", "keep_files", new WholeNumberKind(0, 10_000), 7,
        "Older files that are kept of each log file; the oldest above it are deleted.");

    public static readonly ConfigurationKey<long> TcpPort = new("tcpgate", "port", Port, 7082,
        "TCP port; 0 takes a free one, and the `ready` line says which.");

    public static readonly ConfigurationKey<bool> TcpEnabled = new("tcpgate", "enabled", Truth, true,
        "Whether TCP clients are served.");

    public static readonly ConfigurationKey<IPAddress?> TcpBind = new("tcpgate", "bind", new AddressKind(), null,
        "Address to listen on; without it, all addresses, IPv4 and IPv6.");

    public static readonly ConfigurationKey<TimeSpan> TcpDialTimeout = new("tcpgate", "dial_timeout", Timeout, TimeSpan.FromSeconds(5),
        "Seconds that one dial attempt to a backend may take.");

    public static readonly ConfigurationKey<bool> TcpZeroCopy = new("tcpgate", "zero_copy", Truth, false,
        "Relays inside the kernel with splice(2) on Linux; elsewhere a warning, and bytes are copied.");

    public static readonly ConfigurationKey<TimeSpan> TcpIdleTimeout = new("tcpgate", "idle_timeout",
        new SecondsKind(0.001, 2_592_000, zeroAllowed: true), TimeSpan.Zero,
        "Ends a session after so many seconds without a byte either way; 0 = never.");

    public static readonly TlsKeys TcpTls = new("tcpgate.tls");

    public static readonly ConfigurationKey<long> KcpPort = new("kcpgate", "port", Port, 8082,
        "UDP port; 0 takes a free one, and the `ready` line says which.");

    public static readonly ConfigurationKey<bool> KcpEnabled = new("kcpgate", "enabled", Truth, false,
        "Whether KCP clients are served.");

    public static readonly ConfigurationKey<IPAddress?> KcpBind = new("kcpgate", "bind", new AddressKind(), null,
        "Address to listen on; without it, all addresses, IPv4 and IPv6.");

    public static readonly ConfigurationKey<TimeSpan> KcpDialTimeout = new("kcpgate", "dial_timeout", Timeout, TimeSpan.FromSeconds(5),
        "Seconds that one dial attempt to a TCP backend may take.");

    public static readonly ConfigurationKey<bool> KcpZeroCopy = new("kcpgate", "zero_copy", Truth, false,
        "Accepted for the original's file; KCP always relays without staging copies.");

    public static readonly ConfigurationKey<TimeSpan> KcpIdleTimeout = new("kcpgate", "idle_timeout",
        new SecondsKind(0.001, 2_592_000, zeroAllowed: true), TimeSpan.FromSeconds(60),
        "Ends a session whose client was silent for so many seconds; 0 = never. KCP cannot say goodbye, so nothing else tells.");

    public static readonly ConfigurationKey<TimeSpan> KcpDeadLinkTime = new("kcpgate", "dead_link_time",
        new SecondsKind(1, 86_400, zeroAllowed: true), TimeSpan.Zero,
        "Ends a session whose client or KCP backend has left something unacknowledged for so many seconds. "
        + "0 = clients: 10 s more than `idle_timeout`, or 60 s without one; backends: 10 s.");

    public static readonly ConfigurationKey<long> KcpNoDelay = new("kcpgate", "nodelay", new WholeNumberKind(0, 1), 1,
        "KCP's `nodelay`: 1 = smallest RTO 30 ms and a gentle growth of it, 0 = 100 ms.");

    public static readonly ConfigurationKey<long> KcpInterval = new("kcpgate", "interval", new WholeNumberKind(1, 5000), 10,
        "KCP's `interval` in milliseconds: how long an acknowledgement may wait for company.");

    public static readonly ConfigurationKey<long> KcpResend = new("kcpgate", "resend", new WholeNumberKind(0, 255), 2,
        "KCP's `resend`: so many later acknowledgements resend a segment at once; 0 = off.");

    public static readonly ConfigurationKey<bool> KcpBundling = new("kcpgate", "bundling", Truth, true,
        "On a link that loses datagrams, small messages go once more with the next one, so that most losses cost no timeout. It costs bytes, no datagrams.");

    public static readonly ConfigurationKey<long> KcpNoCongestion = new("kcpgate", "nc", new WholeNumberKind(0, 1), 1,
        "KCP's `nc`: 1 = send as much as the windows allow, 0 = with a congestion window.");

    public static readonly ConfigurationKey<long> KcpSendWindow = new("kcpgate", "snd_wnd", new WholeNumberKind(1, 16_384), 256,
        "Most segments in flight.");

    public static readonly ConfigurationKey<long> KcpReceiveWindow = new("kcpgate", "rcv_wnd", new WholeNumberKind(1, 16_384), 256,
        "Most segments received and not yet passed on.");

    public static readonly ConfigurationKey<long> KcpMtu = new("kcpgate", "mtu", new WholeNumberKind(128, 1500), 1400,
        "Largest datagram to send, in bytes of UDP payload, the headers of FEC and encryption included.");

    public static readonly ConfigurationKey<long> KcpDataShards = new("kcpgate", "data_shards", new WholeNumberKind(0, 254), 10,
        "FEC towards KCP backends: data datagrams per group. A client is answered in its own shape.");

    public static readonly ConfigurationKey<long> KcpParityShards = new("kcpgate", "parity_shards", new WholeNumberKind(0, 254), 3,
        "FEC towards KCP backends: parity datagrams per group; together with `data_shards` at most 255. 0 for either = no FEC.");

    public static readonly ConfigurationKey<string?> KcpCrypt = new("kcpgate", "crypt", new ChoiceKind<string?>(KcpEncryption.Choices), null,
        "Encryption of every datagram, towards clients and KCP backends alike, in kcptun's words; \"aes\" is AES-256. See below.");

    public static readonly ConfigurationKey<string> KcpKeyFile = new("kcpgate", "key_file", new PathKind(), "",
        "File whose only line is the secret that clients, gateway and KCP backends share: kcptun's `--key`.");

    public static readonly ConfigurationKey<long> WsPort = new("wsgate", "port", Port, 9082,
        "TCP port for WebSocket clients; 0 takes a free one, and the `ready` line says which.");

    public static readonly ConfigurationKey<bool> WsEnabled = new("wsgate", "enabled", Truth, false,
        "Whether WebSocket clients are served.");

    public static readonly ConfigurationKey<IPAddress?> WsBind = new("wsgate", "bind", new AddressKind(), null,
        "Address to listen on; without it, all addresses, IPv4 and IPv6.");

    public static readonly ConfigurationKey<TimeSpan> WsDialTimeout = new("wsgate", "dial_timeout", Timeout, TimeSpan.FromSeconds(5),
        "Seconds that one dial attempt to a backend may take.");

    public static readonly ConfigurationKey<bool> WsZeroCopy = new("wsgate", "zero_copy", Truth, false,
        "Accepted; it changes nothing, since frames are read and written in place.");

    public static readonly ConfigurationKey<TimeSpan> WsIdleTimeout = new("wsgate", "idle_timeout",
        new SecondsKind(0.001, 2_592_000, zeroAllowed: true), TimeSpan.Zero,
        "Ends a session (close code 1001) after so many seconds without payload either way; pings do not count. 0 = never.");

    public static readonly ConfigurationKey<TimeSpan> WsPingInterval = new("wsgate", "ping_interval",
        new SecondsKind(0.001, 86_400, zeroAllowed: true), TimeSpan.FromSeconds(30),
        "A client that is silent for so many seconds is pinged, and is lost if it is silent, and takes nothing, for as long again; 0 = never.");

    public static readonly ConfigurationKey<long> WsMaxMessageBytes = new("wsgate", "max_message_bytes",
        new WholeNumberKind(1, 1L << 30), 1_048_576,
        "Largest message either way; a client's larger one ends with close code 1009, judged from its header alone.");

    public static readonly ConfigurationKey<WebSocketFraming> WsToBackend = new("wsgate", "to_backend", Framing, WebSocketFraming.LengthPrefixed,
        "How a message reaches the backend: behind its length (uint32, little-endian), or as it is (raw), while it still comes in.");

    public static readonly ConfigurationKey<WebSocketFraming> WsToClient = new("wsgate", "to_client", Framing, WebSocketFraming.Raw,
        "How bytes of the backend become messages: as they come (raw), or one for each length (uint32, little-endian) and payload.");

    public static readonly ConfigurationKey<bool> WsToClientFrames = new("wsgate", "to_client_frames",
        new ChoiceKind<bool>(("binary", false), ("text", true)), false,
        "Whether clients get binary or text messages. Text must be UTF-8: raw bytes are cut between characters, and other bytes end the session with 1011.");

    public static readonly ConfigurationKey<bool> WsCompression = new("wsgate", "compression", Truth, false,
        "Whether permessage-deflate is agreed on where a client offers it.");

    public static readonly ConfigurationKey<string> WsPath = new("wsgate", "path",
        new TextKind("a path that begins with /, or \"\" for any", HttpText.IsPath), "",
        "The one path that is served; a client on another one is upgraded and closed with 1008.");

    public static readonly ConfigurationKey<IReadOnlyList<string>> WsOrigins = new("wsgate", "origins",
        new TextListKind("a list of origins without a path, for example [\"https://game.example\", \"https://*.game.example\", \"file://\", \"null\"]", text => OriginPattern.TryParse(text, out _)), [],
        "Pages that may connect: others are upgraded and closed with 1008. A client without `Origin` is no page. `*.` stands for one label or more. Empty = every page.");

    public static readonly ConfigurationKey<IReadOnlyList<string>> WsSubprotocols = new("wsgate", "subprotocols",
        new TextListKind("a list of names without blanks, for example [\"game.v1\"]", HttpText.IsToken), [],
        "Subprotocols that are agreed on where a client offers them; one that carries the key always is.");

    public static readonly TlsKeys WsTls = new("wsgate.tls");

    public static readonly ConfigurationKey<bool> RequireRegistry = new("common", "require_registry", Truth, false,
        "Whether a registry that cannot be loaded within 30 s keeps the gateway from starting; if not, it is asked until it answers.");

    public static readonly ConfigurationKey<long> DialRetry = new("common", "dial_retry", new WholeNumberKind(1, 100), 3,
        "Dial attempts in all; every address of a backend is tried once at least.");

    public static readonly ConfigurationKey<string> HeaderIdentify = new("common", "header_identify",
        new TextKind(Strategies.Range, name => name.Length > 0),
        HostPortResolver.StrategyName,
        "The routing strategy. `ipHost` and `origin` mean the same: the key is the backend's `host:port`, and `[policy]` says which are allowed.");

    public static readonly ConfigurationKey<byte[]> SuccessMessage = new("common", "success_resp_message",
        new Base64Kind(65_536), "ok"u8.ToArray(),
        "What a client is sent, in a frame, once its backend is there; \"b2s=\" is \"ok\".");

    public static readonly ConfigurationKey<TimeSpan> ConnectTimeout = new("common", "connect_timeout", Timeout, TimeSpan.FromSeconds(10),
        "Seconds for the whole handshake, from accept to the complete key.");

    public static readonly ConfigurationKey<TimeSpan> ResolveTimeout = new("common", "resolve_timeout", Timeout, TimeSpan.FromSeconds(10),
        "Seconds that the routing strategy may take to find the backend of a key; then the client is refused with `unreachable`.");

    public static readonly ConfigurationKey<bool> KcpReciprocity = new("common", "kcp_reciprocity", Truth, true,
        "Whether KCP clients get KCP backends (true) or TCP backends (false), where neither the key nor the registry says which.");

    public static readonly ConfigurationKey<bool> BackendTls = new("common", "backend_tls", Truth, false,
        "Whether TCP backends are dialled with TLS; one whose certificate is not believed, or not for the host of its key, is `unreachable`.");

    public static readonly ConfigurationKey<string> CaFile = new("common", "ca_file", new PathKind(), "",
        "PEM file with the authorities that `backend_tls` believes; \"\" = those of the system. Watched: a new one counts for the next connection.");

    public static readonly ConfigurationKey<long> Loops = new("common", "loops", new WholeNumberKind(0, 1024), 0,
        "Event loops, each a thread; 0 = one per core.");

    public static readonly ConfigurationKey<PollerKind> Poller = new("common", "poller",
        new ChoiceKind<PollerKind>(("auto", PollerKind.Default), ("epoll", PollerKind.Epoll), ("poll", PollerKind.Poll)),
        PollerKind.Default,
        "How the loops wait: epoll (Linux) is the fastest, poll works everywhere, auto takes the best there is.");

    public static readonly ConfigurationKey<bool> UdpGro = new("common", "udp_gro", Truth, true,
        "KCP: datagrams of one peer are received joined (UDP GRO) where the kernel can, which is Linux from 5.0 on; false = never.");

    public static readonly ConfigurationKey<bool> UdpGso = new("common", "udp_gso", Truth, true,
        "KCP: datagrams of one size to one peer are sent joined (UDP GSO) where the kernel can, which is Linux from 4.18 on; false = never.");

    public static readonly ConfigurationKey<bool> UdpReceiveBatches = new("common", "udp_recvmmsg", Truth, true,
        "KCP: one system call receives several datagrams (recvmmsg) where the kernel can, which is Linux; false = one call for each.");

    public static readonly ConfigurationKey<bool> UdpSendBatches = new("common", "udp_sendmmsg", Truth, true,
        "KCP: one system call sends several datagrams (sendmmsg) where the kernel can, which is Linux; false = one call for each.");

    public static readonly ConfigurationKey<bool> UdpGathering = new("common", "udp_gathering", Truth, true,
        "KCP: a loop that takes bulk, or more than 8,000 short datagrams a second, waits 0.2 ms for more before it passes them on, which costs less; false = never. On Linux.");

    public static readonly ConfigurationKey<bool> ErrorReply = new("common", "error_reply", Truth, true,
        "Whether a refused client is told why, as `error <code>`; if not, its connection is closed without a word, as the original does.");

    public static readonly ConfigurationKey<long> MaxKeyBytes = new("common", "max_key_bytes", new WholeNumberKind(1, 65_536), 4096,
        "Longest key that a client may send, in bytes.");

    public static readonly ConfigurationKey<TimeSpan> DrainTimeout = new("common", "drain_timeout",
        new SecondsKind(0, 86_400), TimeSpan.FromSeconds(30),
        "Seconds that live sessions may run on after SIGTERM or SIGINT; then they are cut off.");

    public static readonly ConfigurationKey<long> TcpUserTimeout = new("common", "tcp_user_timeout", new WholeNumberKind(0, 86_400), 60,
        "Seconds that a client or a TCP backend may leave bytes unacknowledged, or unread with every buffer full, "
        + "before it counts as lost; 0 = the system decides, after some 15 minutes. On Linux; no effect elsewhere.");

    public static readonly ConfigurationKey<IReadOnlyList<IPAddress>> SourceAddresses = new("common", "source_addresses", new AddressListKind(), [],
        "Addresses of this machine that backends are dialled from, in turn; `[]` = the system chooses. One address has some 28,000 ports for each backend. "
        + "[More](#many-sessions-with-one-backend).");

    public static readonly ConfigurationKey<IReadOnlyList<PolicyRule>?> Allow = new("policy", "allow", Rules, null,
        "Which backends may be dialled. Not set: loopback, private IPv4 networks, and the unique-local IPv6 networks that this machine is in. An empty list allows none.");

    public static readonly ConfigurationKey<IReadOnlyList<PolicyRule>?> Deny = new("policy", "deny", Rules, [],
        "Which backends may not be dialled, whatever `allow` says.");

    public static readonly ConfigurationKey<IReadOnlyList<string>> Nat64Prefixes = new("policy", "nat64_prefixes",
        new TextListKind("a list of IPv6 prefixes with 32, 40, 48, 56, 64 or 96 bits, for example [\"2001:db8:64::/96\"]", text => Nat64Prefix.TryParse(text, out _)), [],
        "Prefixes under which this network translates IPv6 to IPv4 (NAT64, RFC 6052), besides `64:ff9b::/96` and `64:ff9b:1::/48`. See below.");

    public static readonly NamedEntriesKey<NodeEntry> StaticNodes = new("static.nodes", new NodeKind(),
        "For `static`: each node's name, in quotes, and where it listens. Several addresses are tried in turn, beginning at a place that the name decides.");

    /// <summary>Every key, section by section, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } =
    [
        InfoFile, ErrorFile, LogLevelKey, LogAsJson, MaxFileBytes, KeepFiles,
        TcpPort, TcpEnabled, TcpBind, TcpDialTimeout, TcpZeroCopy, TcpIdleTimeout, ClientKeys.TcpProxies,
        .. TcpTls.All,
        KcpPort, KcpEnabled, KcpBind, KcpDialTimeout, KcpZeroCopy, KcpIdleTimeout, KcpDeadLinkTime,
        KcpNoDelay, KcpInterval, KcpResend, KcpBundling, KcpNoCongestion, KcpSendWindow, KcpReceiveWindow, KcpMtu, KcpDataShards, KcpParityShards,
        KcpCrypt, KcpKeyFile,
        WsPort, WsEnabled, WsBind, WsDialTimeout, WsZeroCopy, WsIdleTimeout, WsPingInterval,
        WsMaxMessageBytes, WsToBackend, WsToClient, WsToClientFrames, WsCompression, WsPath, WsOrigins, WsSubprotocols, ClientKeys.WsProxies, ClientKeys.WsForwarders,
        .. WsTls.All,
        DialRetry, HeaderIdentify, RequireRegistry, SuccessMessage, ConnectTimeout, ResolveTimeout, KcpReciprocity, ClientKeys.ProxyProtocol, BackendTls, CaFile, Loops, Poller,
        UdpGro, UdpGso, UdpReceiveBatches, UdpSendBatches, UdpGathering, ErrorReply, MaxKeyBytes, DrainTimeout, TcpUserTimeout, SourceAddresses,
        .. AdminKeys.All,
        .. LimitKeys.All,
        ClientKeys.Allow, ClientKeys.Deny,
        Allow, Deny, Nat64Prefixes,
        .. PluginKeys.All,
        .. JwtKeys.All,
        StaticNodes,
        .. EtcdKeys.All,
        .. RedisKeys.All,
        .. ZooKeeperKeys.All,
        .. DnsKeys.All,
        .. KubernetesKeys.All,
    ];

    /// <summary>Every section.</summary>
    public static IReadOnlyList<string> Sections { get; } = [.. All.Select(key => key.Section).Distinct(StringComparer.Ordinal)];

    /// <summary>The key that a name in a section means, or null.</summary>
    public static ConfigurationKey? Find(string section, string name) =>
        Of(section).FirstOrDefault(key => key.TakesAnyName || string.Equals(key.Name, name, StringComparison.Ordinal));

    /// <summary>The keys of one section.</summary>
    public static IEnumerable<ConfigurationKey> Of(string section) =>
        All.Where(key => string.Equals(key.Section, section, StringComparison.Ordinal));
}
