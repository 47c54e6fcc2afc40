using Sluice.Gateway.Vocabulary;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>What all handshakes of a WebSocket gate share: limits, answers, and the message formats before and after the key.</summary>
internal sealed class WebSocketHandshakeSettings
{
    private readonly bool _errorReply;

    /// <param name="handshake">The settings of every handshake.</param>
    /// <param name="relaying">Messages after the key.</param>
    public WebSocketHandshakeSettings(HandshakeSettings handshake, WebSocketOptions relaying)
    {
        _errorReply = handshake.ErrorReply;
        MaxKeyBytes = handshake.MaxKeyBytes;
        Welcome = handshake.SuccessMessage;
        Relaying = relaying;

        // The key is read like that of a TCP client: a length and the text.
        Greeting = relaying with
        {
            MaxMessageBytes = MaxKeyBytes,
            Received = WebSocketFraming.LengthPrefixed,
            OneByOne = true,
            TooBig = CloseCode.ProtocolError,
            BreachReason = ReasonOf(EndReason.BadFrame),
        };
    }

    /// <summary>The one path that is served; null = any.</summary>
    public string? Path { get; init; }

    /// <summary>Origins that are served; null = any.</summary>
    public IReadOnlyList<OriginPattern>? Origins { get; init; }

    /// <summary>Subprotocols to agree on.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>Whether to agree on permessage-deflate.</summary>
    public bool Compression { get; init; }

    public int MaxKeyBytes { get; }

    public ReadOnlyMemory<byte> Welcome { get; }

    /// <summary>Messages up to the key.</summary>
    public WebSocketOptions Greeting { get; }

    /// <summary>Messages after the key.</summary>
    public WebSocketOptions Relaying { get; }

    /// <summary>
    /// Returns whether the path and the origin of a request are served. A request without an origin is not from a browser.
    /// </summary>
    public bool Serves(UpgradeRequest request) =>
        (Path is null || string.Equals(Path, request.Path, StringComparison.Ordinal))
        && (Origins is null || request.Last("Origin") is not { } origin || Origins.Any(pattern => pattern.Matches(origin)));

    public string ReasonOf(EndReason reason) => _errorReply ? $"error {reason.ToWord()}" : "";

    public static CloseCode CodeOf(EndReason reason) => reason switch
    {
        EndReason.BadFrame => CloseCode.ProtocolError,
        EndReason.Unreachable or EndReason.Busy => CloseCode.TryAgainLater,
        EndReason.Draining or EndReason.Shutdown => CloseCode.ServiceRestart,
        _ => CloseCode.PolicyViolation,
    };
}
