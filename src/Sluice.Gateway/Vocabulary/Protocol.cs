namespace Sluice.Gateway.Vocabulary;

/// <summary>What a connection of the gateway speaks.</summary>
public enum Protocol
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>KCP over UDP.</summary>
    Kcp,

    /// <summary>WebSocket over TCP.</summary>
    WebSocket,
}
