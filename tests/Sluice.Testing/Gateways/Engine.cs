using Sluice.Transport.Loop;

namespace Sluice.Testing.Gateways;

/// <summary>One way to carry bytes. Every scenario runs over all of them.</summary>
/// <param name="Poller">How loops wait.</param>
/// <param name="ZeroCopy">Whether bytes are spliced when both sides are plain TCP.</param>
/// <param name="Tls">Whether clients speak TLS.</param>
/// <param name="WebSocket">Whether clients speak WebSocket, through a <see cref="WebSocketBridge"/>.</param>
public sealed record Engine(PollerKind Poller, bool ZeroCopy, bool Tls = false, bool WebSocket = false)
{
    /// <summary>
    /// {epoll, poll} × {copy, splice}; TLS with zero_copy set, which must have no effect; and WebSocket. Omits what this system lacks.
    /// </summary>
    public static TheoryData<Engine> All
    {
        get
        {
            var engines = new TheoryData<Engine>
            {
                new Engine(PollerKind.Poll, ZeroCopy: false),
                new Engine(PollerKind.Poll, ZeroCopy: false, Tls: true),
                new Engine(PollerKind.Poll, ZeroCopy: false, WebSocket: true),
            };
            if (OperatingSystem.IsLinux())
            {
                engines.Add(new Engine(PollerKind.Poll, ZeroCopy: true));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: false));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: true));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: true, Tls: true));
                engines.Add(new Engine(PollerKind.Epoll, ZeroCopy: true, WebSocket: true));
            }

            return engines;
        }
    }

    /// <summary>
    /// The engines without TLS, for rejections before a client has had time for a handshake: over TLS these just close the connection.
    /// </summary>
    public static TheoryData<Engine> WithoutTls => [.. All.Where(row => !row.Data.Tls)];

    /// <summary>The engines of the TCP gate, TLS included, for behaviour that the WebSocket gate sets and tests separately.</summary>
    public static TheoryData<Engine> OfTcpGate => [.. All.Where(row => !row.Data.WebSocket)];

    /// <summary>
    /// The engines with nothing between client and gateway, for scenarios that move the clock while bytes are in flight, bind or count
    /// the connections themselves, or write what a proxy would.
    /// </summary>
    public static TheoryData<Engine> Plain => [.. OfTcpGate.Where(row => !row.Data.Tls)];

    /// <summary>Whether a client's bytes pass through another pair of sockets before they reach the gateway.</summary>
    public bool IsBridged => Tls || WebSocket;

    public override string ToString() =>
        $"{Poller.ToString().ToLowerInvariant()}-{(ZeroCopy ? "splice" : "copy")}{(Tls ? "-tls" : "")}{(WebSocket ? "-ws" : "")}";
}
