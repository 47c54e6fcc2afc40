using System.Net;
using System.Net.Security;
using System.Text.Unicode;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Policy;
using Sluice.Transport.WebSocket;

namespace Sluice.Daemon.Sections;

/// <summary><c>[wsgate]</c>: the listener for WebSocket clients.</summary>
internal static class WebSocketGateSection
{
    private static readonly ChoiceKind<WebSocketFraming> Framing =
        new(("length_prefixed", WebSocketFraming.LengthPrefixed), ("raw", WebSocketFraming.Raw));

    public static readonly Section<WebSocketGateOptions> Table = new("wsgate", new WebSocketGateOptions()) { Check = Check };

    public static readonly Setting<int> Port = Table.Add("port", GateKinds.Port,
        "TCP port for WebSocket clients. 0 takes a free one, which the `ready` line names.",
        options => options.Port, (options, value) => options with { Port = value });

    public static readonly Setting<bool> Enabled = Table.Add("enabled", GateKinds.Truth, false, "Whether WebSocket clients are served.");

    public static readonly Setting<IPAddress?> Bind = Table.Add("bind", GateKinds.Address,
        "Address to listen on. If it is empty, the gateway listens on all addresses, IPv4 and IPv6.",
        options => options.Bind, (options, value) => options with { Bind = value });

    public static readonly Setting<TimeSpan> DialTimeout = Table.Add("dial_timeout", GateKinds.Timeout,
        "Seconds that one dial attempt to a backend may take.",
        options => options.DialTimeout, (options, value) => options with { DialTimeout = value });

    public static readonly Setting<bool> ZeroCopy = Table.Add("zero_copy", GateKinds.Truth, false,
        "Accepted because the original's file has it. It changes nothing: frames are read and written in place.");

    public static readonly Setting<TimeSpan> IdleTimeout = Table.Add("idle_timeout", GateKinds.IdleTimeout,
        "Ends a session (close code 1001) after this many seconds without payload in either direction. Pings do not count. 0 = never.",
        options => options.IdleTimeout, (options, value) => options with { IdleTimeout = value });

    public static readonly Setting<TimeSpan> PingInterval = Table.Add("ping_interval", new SecondsKind(0.001, 86_400, zeroAllowed: true),
        "A client that is silent for this many seconds is pinged. It is lost if it is silent, and takes nothing, for as long again. "
        + "0 = never.",
        options => options.PingInterval, (options, value) => options with { PingInterval = value });

    public static readonly Setting<int> MaxMessageBytes = Table.Add("max_message_bytes", new WholeNumberKind<int>(1, 1 << 30),
        "Largest message in either direction. A larger one from a client ends with close code 1009, judged from its header alone.",
        options => options.MaxMessageBytes, (options, value) => options with { MaxMessageBytes = value });

    public static readonly Setting<WebSocketFraming> ToBackend = Table.Add("to_backend", Framing,
        "How a message reaches the backend: after its length (uint32, little-endian), or as it is (raw), while it still arrives.",
        options => options.ToBackend, (options, value) => options with { ToBackend = value });

    public static readonly Setting<WebSocketFraming> ToClient = Table.Add("to_client", Framing,
        "How the backend's bytes become messages: as they arrive (raw), or one for each length (uint32, little-endian) and payload.",
        options => options.ToClient, (options, value) => options with { ToClient = value });

    public static readonly Setting<bool> TextToClient = Table.Add("to_client_frames",
        new ChoiceKind<bool>(("binary", false), ("text", true)),
        "Whether clients get binary or text messages. Text must be UTF-8: raw bytes are cut between characters, and other bytes end the "
        + "session with 1011.",
        options => options.TextToClient, (options, value) => options with { TextToClient = value });

    public static readonly Setting<bool> Compression = Table.Add("compression", GateKinds.Truth,
        "Whether to use permessage-deflate if a client offers it.",
        options => options.Compression, (options, value) => options with { Compression = value });

    public static readonly Setting<string> Path = Table.Add("path",
        new TextKind("a path that begins with /, or \"\" for any", HttpText.IsPath),
        "The one path that is served. A client on another one is upgraded and closed with 1008.",
        options => options.Path ?? "", (options, value) => options with { Path = value.OrNull() });

    public static readonly Setting<IReadOnlyList<string>> Origins = Table.Add("origins",
        new TextListKind(
            "a list of origins without a path, for example [\"https://game.example\", \"https://*.game.example\", \"file://\", \"null\"]",
            text => OriginPattern.TryParse(text, out _)),
        "Pages that may connect. Others are upgraded and closed with 1008. A client without `Origin` is not a page. "
        + "`*.` matches one label or more. Empty = every page.",
        options => options.Origins ?? [], (options, value) => options with { Origins = value.Count > 0 ? value : null });

    public static readonly Setting<IReadOnlyList<string>> Subprotocols = Table.Add("subprotocols",
        new TextListKind("a list of names without blanks, for example [\"game.v1\"]", HttpText.IsToken),
        "Subprotocols to agree on if a client offers them. One that carries the key is always agreed on.",
        options => options.Subprotocols, (options, value) => options with { Subprotocols = value });

    public static readonly Setting<IReadOnlyList<AddressRange>?> Proxies = Table.Add("accept_proxy_from", GateKinds.Ranges,
        "Proxies that begin every connection with a PROXY protocol header (v1 or v2), which names the client. "
        + "See [PROXY protocol](tls-and-proxies.md#from-a-proxy-to-sluice).",
        options => options.AcceptProxyFrom, (options, value) => options with { AcceptProxyFrom = value ?? [] });

    public static readonly Setting<IReadOnlyList<AddressRange>?> Forwarders = Table.Add("trust_forwarded_for", GateKinds.Ranges,
        "Proxies whose `X-Forwarded-For` is trusted: the client is the last address in it that is none of them. "
        + "See [X-Forwarded-For](tls-and-proxies.md#x-forwarded-for).",
        options => options.TrustForwardedFor, (options, value) => options with { TrustForwardedFor = value ?? [] });

    public static readonly TlsSection Tls = new("wsgate.tls", Enabled);

    /// <summary>Returns the options of the listener, or null if it is not enabled.</summary>
    public static WebSocketGateOptions? Build(Settings settings) => settings.Get(Enabled)
        ? Table.Build(settings) with
        {
            Tls = Tls.Build(settings) is { } tls ? tls with { ApplicationProtocols = [SslApplicationProtocol.Http11] } : null,
        }
        : null;

    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(Enabled) && settings.Get(TextToClient) && !Utf8.IsValid(settings.Get(CommonSection.SuccessMessage)))
        {
            faults.Add(
                settings.PlaceOf(CommonSection.SuccessMessage, TextToClient),
                $"{CommonSection.SuccessMessage}: it is not UTF-8, so it cannot be sent as text; "
                + $"change it, or write {TextToClient} = \"binary\"");
        }
    }
}
