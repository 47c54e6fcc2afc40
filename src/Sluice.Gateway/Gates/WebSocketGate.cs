using System.Net;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Gates;

/// <summary>WebSocket clients: the upgrade carries the key, or the first message does.</summary>
internal sealed class WebSocketGate(WebSocketGateOptions options, HandshakeSettings handshake, TimeProvider time, ILogger logger)
    : StreamGate(Protocol.WebSocket, "wsgate", handshake, options.Tls, time, logger)
{
    private readonly WebSocketHandshakeSettings _settings = Settings(options, handshake);

    public override IPEndPoint Requested => EndPoint(options.Bind, options.Port);

    public override GateTimeouts Timeouts => new(options.DialTimeout, options.IdleTimeout);

    public override RejectionCost RejectionCost => options.Tls is null ? RejectionCost.Request : RejectionCost.TlsHandshake;

    public override AddressSet Proxies { get; } = new(options.AcceptProxyFrom);

    public override AddressSet Forwarders { get; } = new(options.TrustForwardedFor);

    protected override IGreeting GreetClient(Connection connection, IClientIdentity client, long dueAt) =>
        new WebSocketGreeting(StreamOver(connection), _settings, dueAt, client);

    private static WebSocketHandshakeSettings Settings(WebSocketGateOptions options, HandshakeSettings handshake)
    {
        if (options.TextToClient && !Utf8.IsValid(handshake.SuccessMessage.Span))
        {
            throw new ArgumentException(
                "The success message is not UTF-8, so clients cannot get it as text; change it, or send binary messages.", nameof(options));
        }

        var relaying = new WebSocketOptions
        {
            MaxMessageBytes = options.MaxMessageBytes,
            Received = options.ToBackend,
            Written = options.ToClient,
            WritesText = options.TextToClient,
            PingIntervalMs = (long)options.PingInterval.TotalMilliseconds,
        };
        return new WebSocketHandshakeSettings(handshake, relaying)
        {
            Path = options.Path,
            Origins = options.Origins?.Select(Parsed).ToArray(),
            Subprotocols = options.Subprotocols,
            Compression = options.Compression,
        };
    }

    private static OriginPattern Parsed(string origin) =>
        OriginPattern.TryParse(origin, out OriginPattern? pattern)
            ? pattern
            : throw new ArgumentException(
                $"The origin \"{origin}\" cannot be read; write one such as \"https://game.example\" or \"https://*.game.example\".",
                nameof(origin));
}
