namespace Sluice.Gateway;

/// <summary>The state of a gateway. It only ever moves forward.</summary>
internal enum GatewayState
{
    /// <summary>It has not been started.</summary>
    Created,

    /// <summary>It opens its listeners.</summary>
    Starting,

    /// <summary>It serves clients.</summary>
    Serving,

    /// <summary>It rejects new clients, and waits for the sessions that are left.</summary>
    Draining,

    /// <summary>Everything is closed.</summary>
    Stopped,
}
