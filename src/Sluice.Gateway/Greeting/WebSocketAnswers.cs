using System.Text.Unicode;
using Sluice.Gateway.Sessions;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>What all WebSocket handshakes have in common: bounds, answers, and how messages are seen before and after the key.</summary>
internal sealed class WebSocketAnswers
{
    private readonly bool _errorReply;
    private readonly OriginPattern[]? _origins;

    public WebSocketAnswers(GatewayOptions options, WebSocketGateOptions gate)
    {
        _errorReply = options.ErrorReply;
        Gate = gate;
        _origins = gate.Origins?.Select(Parsed).ToArray();
        MaxKeyBytes = options.MaxKeyBytes;
        Welcome = options.SuccessMessage;
        if (gate.TextToClient && !Utf8.IsValid(Welcome.Span))
        {
            throw new ArgumentException("The success message is not UTF-8, so clients cannot get it as text; change it, or send binary messages.", nameof(options));
        }

        Relaying = new WebSocketOptions
        {
            MaxMessageBytes = gate.MaxMessageBytes,
            Received = gate.ToBackend,
            Written = gate.ToClient,
            WritesText = gate.TextToClient,
            PingIntervalMs = (long)gate.PingInterval.TotalMilliseconds,
        };

        // The key is read as a TCP client's: a length and the text.
        Greeting = Relaying with
        {
            MaxMessageBytes = MaxKeyBytes,
            Received = WebSocketFraming.LengthPrefixed,
            OneByOne = true,
            TooBig = CloseCode.ProtocolError,
            BreachReason = ReasonOf(EndReason.BadFrame),
        };
    }

    public WebSocketGateOptions Gate { get; }

    public int MaxKeyBytes { get; }

    public ReadOnlyMemory<byte> Welcome { get; }

    public WebSocketOptions Greeting { get; }

    public WebSocketOptions Relaying { get; }

    /// <summary>Returns whether a request with this origin is served; null for a request without one.</summary>
    public bool Admits(string? origin) => _origins is null || origin is null || Array.Exists(_origins, pattern => pattern.Matches(origin));

    public string ReasonOf(EndReason reason) => _errorReply ? $"error {reason.ToWord()}" : "";

    private static OriginPattern Parsed(string origin) =>
        OriginPattern.TryParse(origin, out OriginPattern? pattern)
            ? pattern
            : throw new ArgumentException(
                $"The origin \"{origin}\" cannot be read; write one such as \"https://game.example\" or \"https://*.game.example\".", nameof(origin));

    public static CloseCode CodeOf(EndReason reason) => reason switch
    {
        EndReason.BadFrame => CloseCode.ProtocolError,
        EndReason.Unreachable or EndReason.Busy => CloseCode.TryAgainLater,
        EndReason.Draining or EndReason.Shutdown => CloseCode.ServiceRestart,
        _ => CloseCode.PolicyViolation,
    };
}
