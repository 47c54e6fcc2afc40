using System.Net;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Policy;
using Sluice.Transport.Tls;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Gates;

/// <summary>The WebSocket listener and what it relays to.</summary>
public sealed record WebSocketGateOptions
{
    /// <summary>Where to listen; null = all addresses, IPv4 and IPv6.</summary>
    public IPAddress? Bind { get; init; }

    /// <summary>TCP port; 0 = a free one.</summary>
    public int Port { get; init; } = 9082;

    /// <summary>Certificates for TLS (wss); null = plain.</summary>
    public TlsServerOptions? Tls { get; init; }

    /// <summary>Peers that begin every connection with a PROXY protocol header, and whose clients are those that it names.</summary>
    public IReadOnlyList<AddressRange> AcceptProxyFrom { get; init; } = [];

    /// <summary>Peers whose <c>X-Forwarded-For</c> is trusted: the client is the last address in it that is not one of them.</summary>
    public IReadOnlyList<AddressRange> TrustForwardedFor { get; init; } = [];

    /// <summary>Time per dial attempt.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Ends a session that carried no byte of payload for so long; zero = never. Pings and pongs do not count.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>Silence after which a client is pinged; silent for as long again, it is lost. Zero = never.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest message in bytes, either way; 1 to 1,073,741,824.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>How a client's messages reach the backend.</summary>
    public WebSocketFraming ToBackend { get; init; } = WebSocketFraming.LengthPrefixed;

    /// <summary>How a backend's bytes become messages: one per piece as it comes (raw), or one per length and payload.</summary>
    public WebSocketFraming ToClient { get; init; } = WebSocketFraming.Raw;

    /// <summary>
    /// Whether clients get text messages instead of binary ones. Raw bytes are cut between characters, and a backend whose bytes are not
    /// UTF-8 is lost (close code 1011). Starting the gateway throws <see cref="ArgumentException"/> if <see
    /// cref="GatewayOptions.SuccessMessage"/> is not UTF-8.
    /// </summary>
    public bool TextToClient { get; init; }

    /// <summary>Whether permessage-deflate is agreed on if a client offers it.</summary>
    public bool Compression { get; init; }

    /// <summary>The one path that is served, as it stands in the request; null = any.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// Values of <c>Origin</c> that are served, each a <see cref="OriginPattern"/>; null = any. A client without that header is no browser,
    /// and is served. Starting the gateway throws <see cref="ArgumentException"/> if one cannot be read.
    /// </summary>
    public IReadOnlyList<string>? Origins { get; init; }

    /// <summary>Subprotocols that are agreed on if a client offers them; the client's order decides.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];
}
