using Sluice.Gateway.Sessions;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>What all WebSocket handshakes have in common: bounds, answers, and how messages are seen before and after the key.</summary>
internal sealed class WebSocketAnswers
{
    private readonly bool _errorReply;

    public WebSocketAnswers(GatewayOptions options, WebSocketGateOptions gate)
    {
        _errorReply = options.ErrorReply;
        Gate = gate;
        MaxKeyBytes = options.MaxKeyBytes;
        Welcome = options.SuccessMessage;
        Relaying = new WebSocketOptions
        {
            MaxMessageBytes = gate.MaxMessageBytes,
            Received = gate.ToBackend,
            Written = gate.ToClient,
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

    public string ReasonOf(EndReason reason) => _errorReply ? $"error {reason.ToWord()}" : "";

    public static CloseCode CodeOf(EndReason reason) => reason switch
    {
        EndReason.BadFrame => CloseCode.ProtocolError,
        EndReason.Unreachable or EndReason.Busy => CloseCode.TryAgainLater,
        EndReason.Draining or EndReason.Shutdown => CloseCode.ServiceRestart,
        _ => CloseCode.PolicyViolation,
    };
}
