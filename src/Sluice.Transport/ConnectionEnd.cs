namespace Sluice.Transport;

/// <summary>Why this side ends a connection.</summary>
public enum ConnectionEnd
{
    /// <summary>Both directions are complete.</summary>
    Finished,

    /// <summary>The peer that this connection was relayed to was lost.</summary>
    PeerLost,

    /// <summary>Nothing was sent for too long.</summary>
    Idle,

    /// <summary>This end is shut down.</summary>
    Shutdown,

    /// <summary>An operator ended it.</summary>
    Kicked,
}
