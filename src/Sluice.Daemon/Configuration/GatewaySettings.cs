using System.Net.Security;
using Sluice.Gateway;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Policy;
using Sluice.Kcp;
using Sluice.Transport.Udp;

namespace Sluice.Daemon.Configuration;

/// <summary>What the settings mean for the gateway.</summary>
internal static class GatewaySettings
{
    /// <summary>The gateway's options.</summary>
    public static GatewayOptions ToGatewayOptions(this Settings settings) => new()
    {
        Tcp = settings.Get(Keys.TcpEnabled) ? TcpGate(settings) : null,
        Kcp = settings.Get(Keys.KcpEnabled) ? KcpGate(settings) : null,
        KcpBackends = settings.Get(Keys.KcpEnabled) ? null : KcpGate(settings),
        WebSocket = settings.Get(Keys.WsEnabled) ? WebSocketGate(settings) : null,
        Loops = settings.GetInt(Keys.Loops),
        Poller = settings.Get(Keys.Poller),
        UdpBatching = new UdpBatching
        {
            ReceiveOffload = settings.Get(Keys.UdpGro),
            SendOffload = settings.Get(Keys.UdpGso),
            ReceiveBatches = settings.Get(Keys.UdpReceiveBatches),
            SendBatches = settings.Get(Keys.UdpSendBatches),
            Gathering = settings.Get(Keys.UdpGathering),
        },
        SuccessMessage = settings.Get(Keys.SuccessMessage),
        ErrorReply = settings.Get(Keys.ErrorReply),
        ConnectTimeout = settings.Get(Keys.ConnectTimeout),
        ResolveTimeout = settings.Get(Keys.ResolveTimeout),
        MaxKeyBytes = settings.GetInt(Keys.MaxKeyBytes),
        DialAttempts = settings.GetInt(Keys.DialRetry),
        BackendTls = settings.Get(Keys.BackendTls)
            ? new BackendTlsOptions { CaFile = settings.Get(Keys.CaFile) is { Length: > 0 } file ? file : null }
            : null,
        SourceAddresses = settings.Get(Keys.SourceAddresses),
        TcpUserTimeout = TimeSpan.FromSeconds(settings.Get(Keys.TcpUserTimeout)),
        DrainTimeout = settings.Get(Keys.DrainTimeout),
        Limits = settings.ToLimitOptions(),
        Clients = settings.ToClientOptions(),
        ProxyProtocol = settings.Get(ClientKeys.ProxyProtocol),
        Allow = settings.Get(Keys.Allow),
        Deny = settings.Get(Keys.Deny) ?? [],
        Nat64Prefixes = Nat64(settings.Get(Keys.Nat64Prefixes)),
    };

    /// <summary>The prefixes, which were checked when they were read.</summary>
    private static IReadOnlyList<Nat64Prefix> Nat64(IReadOnlyList<string> prefixes) => prefixes.Count > 0
        ? [.. prefixes.Select(text => Nat64Prefix.TryParse(text, out Nat64Prefix? prefix) ? prefix : throw new FormatException(text))]
        : [];

    private static TcpGateOptions TcpGate(Settings settings) => new()
    {
        Bind = settings.Get(Keys.TcpBind),
        Port = settings.GetInt(Keys.TcpPort),
        DialTimeout = settings.Get(Keys.TcpDialTimeout),
        ZeroCopy = settings.Get(Keys.TcpZeroCopy),
        IdleTimeout = settings.Get(Keys.TcpIdleTimeout),
        AcceptProxyFrom = settings.Get(ClientKeys.TcpProxies) ?? [],
        Tls = settings.ToTlsOptions(Keys.TcpTls),
    };

    private static KcpGateOptions KcpGate(Settings settings) => new()
    {
        Bind = settings.Get(Keys.KcpBind),
        Port = settings.GetInt(Keys.KcpPort),
        DialTimeout = settings.Get(Keys.KcpDialTimeout),
        Reciprocity = settings.Get(Keys.KcpReciprocity),
        IdleTimeout = settings.Get(Keys.KcpIdleTimeout),
        DeadLinkTime = settings.Get(Keys.KcpDeadLinkTime),
        BackendFec = BackendFec(settings.GetInt(Keys.KcpDataShards), settings.GetInt(Keys.KcpParityShards)),
        Crypt = settings.Get(Keys.KcpCrypt),
        CryptKey = KcpEncryption.Key(settings),
        Session = new KcpOptions
        {
            NoDelay = settings.GetInt(Keys.KcpNoDelay) == 1,
            Interval = settings.GetInt(Keys.KcpInterval),
            FastResend = settings.GetInt(Keys.KcpResend),
            Bundling = settings.Get(Keys.KcpBundling),
            NoCongestionWindow = settings.GetInt(Keys.KcpNoCongestion) == 1,
            SendWindow = settings.GetInt(Keys.KcpSendWindow),
            ReceiveWindow = settings.GetInt(Keys.KcpReceiveWindow),
            Mtu = settings.GetInt(Keys.KcpMtu),
            StreamMode = true,
        },
    };

    private static WebSocketGateOptions WebSocketGate(Settings settings) => new()
    {
        Bind = settings.Get(Keys.WsBind),
        Port = settings.GetInt(Keys.WsPort),
        Tls = settings.ToTlsOptions(Keys.WsTls) is { } tls ? tls with { ApplicationProtocols = [SslApplicationProtocol.Http11] } : null,
        DialTimeout = settings.Get(Keys.WsDialTimeout),
        IdleTimeout = settings.Get(Keys.WsIdleTimeout),
        PingInterval = settings.Get(Keys.WsPingInterval),
        MaxMessageBytes = settings.GetInt(Keys.WsMaxMessageBytes),
        ToBackend = settings.Get(Keys.WsToBackend),
        ToClient = settings.Get(Keys.WsToClient),
        TextToClient = settings.Get(Keys.WsToClientFrames),
        Compression = settings.Get(Keys.WsCompression),
        Path = settings.Get(Keys.WsPath) is { Length: > 0 } path ? path : null,
        Origins = settings.Get(Keys.WsOrigins) is { Count: > 0 } origins ? origins : null,
        AcceptProxyFrom = settings.Get(ClientKeys.WsProxies) ?? [],
        TrustForwardedFor = settings.Get(ClientKeys.WsForwarders) ?? [],
        Subprotocols = settings.Get(Keys.WsSubprotocols),
    };

    private static KcpFec BackendFec(int data, int parity) => data == 0 || parity == 0 ? KcpFec.None : KcpFec.Fixed(data, parity);
}
