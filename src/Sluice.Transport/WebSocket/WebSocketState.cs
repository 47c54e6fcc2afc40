namespace Sluice.Transport.WebSocket;

/// <summary>How far a <see cref="WebSocketConnection"/> has come, and what its owner wishes.</summary>
[Flags]
internal enum WebSocketState : ushort
{
    None = 0,
    Paused = 1,

    /// <summary>A close frame was sent: no data frame may follow it.</summary>
    CloseSent = 2,

    /// <summary>Ended for its owner. What is held may still be on its way.</summary>
    Closed = 4,

    /// <summary>The head of a frame was read, and its payload is not complete.</summary>
    InFrame = 8,

    /// <summary>A message has begun and is not complete.</summary>
    InMessage = 16,

    /// <summary>A whole message waits to be pushed.</summary>
    MessageReady = 32,

    /// <summary>What waits will be pushed soon.</summary>
    ContinueRequested = 64,

    /// <summary>A ping was sent, and nothing heard since.</summary>
    AwaitsPong = 128,

    /// <summary>Frames are gathered, to leave together.</summary>
    Corked = 256,

    /// <summary>permessage-deflate was agreed on.</summary>
    Compresses = 512,

    /// <summary>The message that has begun is compressed.</summary>
    MessageCompressed = 1024,

    /// <summary>The frame that has begun ends its message.</summary>
    FinalFrame = 2048,

    /// <summary>The inner connection is given up, or left to its lingering close.</summary>
    Gone = 4096,

    /// <summary>At the last look, bytes waited here for the other end to read.</summary>
    BytesWait = 8192,

    /// <summary>What was written cannot be a message: nothing more is taken, and the connection is about to be closed.</summary>
    WriteRefused = 16384,
}
