namespace Sluice.Transport;

/// <summary>Why a connection is ended from this side, for protocols that can say it.</summary>
public enum ConnectionEnd
{
    /// <summary>Everything is said, both ways.</summary>
    Finished,

    /// <summary>Whoever stands behind this end was lost.</summary>
    PeerLost,

    /// <summary>Nothing was said for too long.</summary>
    Idle,

    /// <summary>This end is shut down.</summary>
    Shutdown,

    /// <summary>An operator ended it.</summary>
    Kicked,
}
