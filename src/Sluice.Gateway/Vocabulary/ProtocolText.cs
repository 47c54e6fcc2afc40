namespace Sluice.Gateway.Vocabulary;

/// <summary>The fixed words of the protocols, as logs and the ready line carry them.</summary>
public static class ProtocolText
{
    /// <summary>For example <c>tcp</c>.</summary>
    public static string ToWord(this Protocol protocol) => protocol switch
    {
        Protocol.Kcp => "kcp",
        Protocol.WebSocket => "ws",
        _ => "tcp",
    };
}
