namespace Sluice.Transport.Sockets;

/// <summary>How an accept ended.</summary>
internal enum AcceptStatus
{
    /// <summary>A connection was taken.</summary>
    Accepted,

    /// <summary>None waits.</summary>
    WouldBlock,

    /// <summary>That connection was gone before it was taken; the next one may be fine.</summary>
    ConnectionFailed,

    /// <summary>The process or the system has no descriptor or memory left.</summary>
    OutOfResources,
}
