namespace Sluice.Transport.WebSocket;

/// <summary>The state of a <see cref="WebSocketConnection"/>.</summary>
[Flags]
internal enum WebSocketState : byte
{
    None = 0,

    /// <summary>The owner wants no bytes now.</summary>
    Paused = 1,

    /// <summary>Closed for the owner; what is held may still be on its way.</summary>
    Closed = 2,

    /// <summary>Waiting bytes are pushed soon.</summary>
    ContinueRequested = 4,
}
