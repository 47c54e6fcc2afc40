namespace Sluice.Transport.Loop;

/// <summary>The events that a poller watches for and reports.</summary>
[Flags]
internal enum PollEvents
{
    None = 0,

    /// <summary>Bytes, a FIN or a new connection wait to be taken.</summary>
    Readable = 1,

    /// <summary>The socket takes bytes again, or a connection attempt has come to its end.</summary>
    Writable = 2,

    /// <summary>The peer has finished writing (EPOLLRDHUP). Only the edge-triggered poller reports it.</summary>
    PeerFinished = 4,

    /// <summary>The socket failed or both directions are over (EPOLLERR, EPOLLHUP). Reported whatever is watched for.</summary>
    Broken = 8,

    /// <summary>
    /// Only asked for, of a datagram socket: writability wakes the loop only while <see cref="Writable"/> is asked for too.
    /// </summary>
    WritableOnDemand = 16,

    /// <summary>Urgent data is on its way or waits (EPOLLPRI): receives stop before and after it.</summary>
    Urgent = 32,
}
