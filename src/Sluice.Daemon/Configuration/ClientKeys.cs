using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.ProxyProtocol;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys that say who a client is, and whether it is served.</summary>
internal static class ClientKeys
{
    private static readonly AddressRangesKind Ranges = new();

    public static readonly ConfigurationKey<IReadOnlyList<AddressRange>?> TcpProxies = new("tcpgate", "accept_proxy_from", Ranges, [],
        "Proxies that begin every connection with a PROXY protocol header (v1 or v2), and whose clients are those that it names. See below.");

    public static readonly ConfigurationKey<IReadOnlyList<AddressRange>?> WsProxies = new("wsgate", "accept_proxy_from", Ranges, [],
        "Proxies that begin every connection with a PROXY protocol header (v1 or v2), and whose clients are those that it names. See below.");

    public static readonly ConfigurationKey<IReadOnlyList<AddressRange>?> WsForwarders = new("wsgate", "trust_forwarded_for", Ranges, [],
        "Proxies whose `X-Forwarded-For` is believed: the client is the last address in it that is none of them.");

    public static readonly ConfigurationKey<ProxyProtocolVersion?> ProxyProtocol = new("common", "proxy_protocol",
        new ChoiceKind<ProxyProtocolVersion?>(("off", null), ("v1", ProxyProtocolVersion.V1), ("v2", ProxyProtocolVersion.V2)), null,
        "The PROXY protocol header that every backend gets in its first bytes, so that it knows its client. See below.");

    public static readonly ConfigurationKey<IReadOnlyList<AddressRange>?> Allow = new("clients", "allow", Ranges, null,
        "Clients that are served; others are closed without a word. Not set: everybody. An empty list: nobody.");

    public static readonly ConfigurationKey<IReadOnlyList<AddressRange>?> Deny = new("clients", "deny", Ranges, [],
        "Clients that are not served, whatever `allow` says.");

    /// <summary>What the settings mean for the gateway.</summary>
    public static ClientOptions ToClientOptions(this Settings settings) => new()
    {
        Allow = settings.Get(Allow),
        Deny = settings.Get(Deny) ?? [],
    };
}
