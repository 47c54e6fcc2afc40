namespace Sluice.Daemon.Admin;

/// <summary>Whether a gateway serves new clients.</summary>
internal enum ReadyState
{
    /// <summary>It does not serve yet, or its strategy has not loaded its nodes yet.</summary>
    Starting,

    /// <summary>New clients are served.</summary>
    Ready,

    /// <summary>It has too little memory: new clients are rejected until some is free.</summary>
    Busy,

    /// <summary>A signal has arrived: new clients are rejected.</summary>
    Draining,
}
