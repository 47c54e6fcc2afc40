namespace Sluice.Transport.Tcp;

/// <summary>The state of a <see cref="TcpConnection"/>.</summary>
[Flags]
internal enum TcpState : ushort
{
    None = 0,
    Paused = 1,

    /// <summary>An edge was reported and not processed yet: a receive may find something.</summary>
    MayHaveBytes = 2,

    /// <summary>The peer has sent FIN; its last bytes may still wait to be received.</summary>
    PeerFinishing = 4,

    /// <summary>The FIN was received and reported.</summary>
    ReadFinished = 8,
    WriteBlocked = 16,
    Closed = 64,

    /// <summary>Both directions are over or broken: a level-triggered poller would report it for ever.</summary>
    Muted = 128,

    WriteFinished = 256,

    /// <summary>A break was reported during reading. It is checked once reading stops, since an edge is not reported twice.</summary>
    Breaking = 512,

    /// <summary>The connection broke, and the handler is still given what was received before.</summary>
    Draining = 1024,

    /// <summary>Urgent data came: a short receive does not mean that the socket is empty, and a splice stops for good.</summary>
    Urgent = 2048,
}
