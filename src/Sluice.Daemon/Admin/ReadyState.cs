namespace Sluice.Daemon.Admin;

/// <summary>How far a gateway is.</summary>
internal enum ReadyState
{
    /// <summary>It does not serve yet, or its strategy has never known its nodes.</summary>
    Starting,

    /// <summary>New clients are served.</summary>
    Ready,

    /// <summary>It has too little memory: new clients are refused until some is free.</summary>
    Busy,

    /// <summary>A signal has come: new clients are refused.</summary>
    Draining,
}
