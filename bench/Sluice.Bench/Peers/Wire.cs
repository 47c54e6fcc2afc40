namespace Sluice.Bench.Peers;

/// <summary>The layers between a client's bytes and its TCP connection, as implemented in peers/wire.h.</summary>
internal sealed record Wire(bool WebSocket, bool Tls) : Medium
{
    /// <summary>No layers: only a length and a key at the start, if the relay needs one.</summary>
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

    /// <summary>Options for the load.</summary>
    public IReadOnlyList<string> Arguments => (WebSocket, Tls) switch
    {
        (true, true) => ["--wire", "wss"],
        (true, false) => ["--wire", "ws"],
        (false, true) => ["--wire", "tls"],
        _ => [],
    };
}
