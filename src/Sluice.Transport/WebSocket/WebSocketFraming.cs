namespace Sluice.Transport.WebSocket;

/// <summary>How messages stand in a byte stream.</summary>
public enum WebSocketFraming
{
    /// <summary>Before each message its length: uint32, little-endian.</summary>
    LengthPrefixed,

    /// <summary>Payload alone; where a message ends is not to be seen.</summary>
    Raw,
}
