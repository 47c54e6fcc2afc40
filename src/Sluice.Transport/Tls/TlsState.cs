namespace Sluice.Transport.Tls;

/// <summary>What is true of a <see cref="TlsConnection"/>.</summary>
[Flags]
internal enum TlsState
{
    None = 0,

    /// <summary>The owner wants no bytes.</summary>
    Paused = 1,

    /// <summary>The connection below is paused.</summary>
    InnerPaused = 2,

    /// <summary>A read of the TLS stream waits for bytes.</summary>
    Reading = 4,

    /// <summary>A read has ended; its result is not yet taken.</summary>
    ReadEnded = 8,

    /// <summary>Bytes or the end are there for sure: the next read ends at once.</summary>
    MayRead = 16,

    /// <summary>Reads are under way further up the stack.</summary>
    Pumping = 32,

    /// <summary>The other end has said goodbye (close_notify).</summary>
    ReadFinished = 64,

    /// <summary>A write was short: the owner is called when there is room.</summary>
    WriteBlocked = 128,

    /// <summary>The owner has finished writing.</summary>
    WriteFinished = 256,

    /// <summary>FIN was sent below.</summary>
    InnerFinished = 512,

    /// <summary>Over for the owner.</summary>
    Closed = 1024,

    /// <summary>Over for the owner, but bytes are still on their way out.</summary>
    Lingering = 2048,

    /// <summary>Broken while the owner was writing: reported in the next turn.</summary>
    Failed = 4096,

    /// <summary>The client's first message is not complete.</summary>
    AwaitsHello = 8192,

    /// <summary>Lingering ends with a reset.</summary>
    ResetsAfterLinger = 16384,
}
