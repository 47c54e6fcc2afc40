using Sluice.Transport.Loop;

namespace Sluice.Testing.Gateways;

/// <summary>One way to carry bytes. Every scenario runs over all of them.</summary>
/// <param name="Poller">How loops wait.</param>
/// <param name="ZeroCopy">Whether bytes are spliced, where both sides are plain TCP.</param>
/// <param name="Tls">Whether clients speak TLS.</param>
/// <param name="WebSocket">Whether clients speak WebSocket, through a <see cref="WebSocketBridge"/>.</param>
public sealed record Engine(PollerKind Poller, bool ZeroCopy, bool Tls = false, bool WebSocket = false)
{
    /// <summary>{epoll, poll} × {copy, splice}, TLS with zero_copy set, which must not be, and WebSocket; what this system lacks is left out.</summary>
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

    /// <summary>Those without TLS: for refusals that come before a client had time for a handshake, which end a TLS connection without a word.</summary>
    public static TheoryData<Engine> WithoutTls => [.. All.Where(row => !row.Data.Tls)];

    /// <summary>Those of the TCP gate, TLS included: for what the WebSocket gate has its own settings and tests of.</summary>
    public static TheoryData<Engine> OfTcpGate => [.. All.Where(row => !row.Data.WebSocket)];

    /// <summary>
    /// Those with nothing between client and gateway: for scenarios that move the clock while bytes are on their way, that bind or count the
    /// connections themselves, or that write what a proxy would.
    /// </summary>
    public static TheoryData<Engine> Plain => [.. OfTcpGate.Where(row => !row.Data.Tls)];

    /// <summary>True where a client's bytes pass another pair of sockets before they reach the gateway.</summary>
    public bool IsBridged => Tls || WebSocket;

    public override string ToString() =>
        $"{Poller.ToString().ToLowerInvariant()}-{(ZeroCopy ? "splice" : "copy")}{(Tls ? "-tls" : "")}{(WebSocket ? "-ws" : "")}";
}
