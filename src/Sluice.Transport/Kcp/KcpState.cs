namespace Sluice.Transport.Kcp;

/// <summary>The state of a <see cref="KcpConnection"/>.</summary>
[Flags]
internal enum KcpState : ushort
{
    None = 0,

    /// <summary>The owner wants no bytes now.</summary>
    Paused = 1,

    /// <summary>A write was not taken whole: the handler is called when there is room.</summary>
    WriteBlocked = 2,

    /// <summary>The owner writes nothing more.</summary>
    Finishing = 4,

    /// <summary>Everything written has arrived, and the handler was called.</summary>
    Finished = 8,

    /// <summary>Closed for the owner; written bytes may still be on their way.</summary>
    Closed = 16,

    /// <summary>The session is gone.</summary>
    Ended = 32,

    /// <summary>The handler reads bytes in the buffers of the session, which must stay.</summary>
    Delivering = 64,

    /// <summary>Something was sent to the peer, which has a limited time to prove itself from then on.</summary>
    Answered = 128,

    /// <summary>The peer has sent a valid datagram.</summary>
    Heard = 256,

    /// <summary>Did not end in order: nothing is acknowledged any more.</summary>
    Aborted = 512,

    /// <summary>Waits in the list of its endpoint for the end of the turn.</summary>
    Touched = 1024,

    /// <summary>Another session of the same address was there.</summary>
    SharesAddress = 2048,
}
