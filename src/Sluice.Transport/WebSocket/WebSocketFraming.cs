namespace Sluice.Transport.WebSocket;

/// <summary>How messages are delimited in a byte stream.</summary>
public enum WebSocketFraming
{
    /// <summary>Before each message its length: uint32, little-endian.</summary>
    LengthPrefixed,

    /// <summary>Payload alone, without a sign of where a message ends.</summary>
    Raw,
}
