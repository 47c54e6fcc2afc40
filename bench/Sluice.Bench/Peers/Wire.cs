namespace Sluice.Bench.Peers;

/// <summary>What lies between a client's bytes and its TCP connection; peers/wire.h speaks it.</summary>
internal sealed record Wire(bool WebSocket, bool Tls) : Medium
{
    /// <summary>A length and a key in front, where the relay wants one, and nothing else.</summary>
    public static readonly Wire Plain = new(WebSocket: false, Tls: false);

    public override string NameEnding => this switch
    {
        { WebSocket: true, Tls: true } => "-wss",
        { Tls: true } => "-tls",
        _ => "",
    };

    public override string Connections => this switch
    {
        { WebSocket: true, Tls: true } => "WebSocket connections over TLS",
        { WebSocket: true } => "WebSocket connections",
        { Tls: true } => "TLS connections",
        _ => "connections",
    };

    /// <summary>For the load.</summary>
    public IReadOnlyList<string> Arguments => (WebSocket, Tls) switch
    {
        (true, true) => ["--wire", "wss"],
        (true, false) => ["--wire", "ws"],
        (false, true) => ["--wire", "tls"],
        _ => [],
    };
}
