namespace Sluice.Transport.WebSocket;

/// <summary>What the WebSocket connections of one listener have in common.</summary>
public sealed record WebSocketOptions
{
    /// <summary>
    /// Largest message in bytes, either way; 1 to 1,073,741,824. A larger one closes the connection, judged from its head alone; raw bytes
    /// that are written are split.
    /// </summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>How the handler is given messages.</summary>
    public WebSocketFraming Received { get; init; } = WebSocketFraming.LengthPrefixed;

    /// <summary>How written bytes become messages: one per write (raw), or one per length and payload.</summary>
    public WebSocketFraming Written { get; init; } = WebSocketFraming.Raw;

    /// <summary>
    /// Whether written messages are text instead of binary. Text must be UTF-8: a character that is cut off at the end of a raw write waits
    /// for its rest, and
    /// bytes that are not UTF-8 close the connection with 1011.
    /// </summary>
    public bool WritesText { get; init; }

    /// <summary>
    /// The handler is given each message by itself, and may pause after it. Otherwise messages that arrive together are pushed together.
    /// </summary>
    public bool OneByOne { get; init; }

    /// <summary>
    /// Silence in milliseconds after which the other end is pinged; if it is silent, and takes nothing, for as long again, it is lost. 0
    /// = never.
    /// </summary>
    public long PingIntervalMs { get; init; } = 30_000;

    /// <summary>The close code for a message above <see cref="MaxMessageBytes"/>.</summary>
    public CloseCode TooBig { get; init; } = CloseCode.MessageTooBig;

    /// <summary>The reason that goes with it, and with every other breach of the protocol; may be empty.</summary>
    public string BreachReason { get; init; } = "";
}
