namespace Sluice.Daemon.Admin;

/// <summary>How far a gateway is.</summary>
internal enum ReadyState
{
    /// <summary>It does not serve yet, or its strategy has never known its nodes.</summary>
    Starting,

    /// <summary>New clients are served.</summary>
    Ready,

    /// <summary>A signal has come: new clients are refused.</summary>
    Draining,
}
