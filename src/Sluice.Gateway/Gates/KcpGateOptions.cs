using System.Net;
using Sluice.Kcp;
using Sluice.Kcp.Crypto;

namespace Sluice.Gateway.Gates;

/// <summary>The KCP listener and what it relays to.</summary>
public sealed record KcpGateOptions
{
    /// <summary>Where to listen; null = all addresses, IPv4 and IPv6.</summary>
    public IPAddress? Bind { get; init; }

    /// <summary>UDP port; 0 = a free one.</summary>
    public int Port { get; init; } = 8082;

    /// <summary>Time per dial attempt to a TCP backend.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>KCP clients get KCP backends (true) or TCP backends (false).</summary>
    public bool Reciprocity { get; init; } = true;

    /// <summary>
    /// Ends a session whose client was silent for this long; zero = never. KCP has no FIN, so only silence shows that a client is gone.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Ends a session whose client, or KCP backend, has left a segment unacknowledged for so long and for <see
    /// cref="KcpOptions.DeadLink"/> transmissions. Up to one day. Zero: a client has <see cref="IdleTimeout"/> and ten seconds more, so
    /// that a client that is merely silent ends by that alone (60 s if <see cref="IdleTimeout"/> is zero), and never less than a backend,
    /// which has <see cref="KcpOptions.DeadLinkTime"/> of <see cref="Session"/>.
    /// </summary>
    public TimeSpan DeadLinkTime { get; init; }

    /// <summary>Settings of every session. A client is answered in its own FEC shape, whatever stands here.</summary>
    public KcpOptions Session { get; init; } = new()
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        SendWindow = 256,
        ReceiveWindow = 256,
        StreamMode = true,
        Bundling = true,
    };

    /// <summary>FEC towards KCP backends.</summary>
    public KcpFec BackendFec { get; init; } = KcpFec.Fixed(10, 3);

    /// <summary>
    /// Encryption, a method of <see cref="KcpPacketCrypto.Methods"/>; null = datagrams as they are. It serves clients and backends alike.
    /// </summary>
    public string? Crypt { get; init; }

    /// <summary>The key for <see cref="Crypt"/>: 32 bytes, as from <see cref="KcpKey.Derive"/>.</summary>
    public ReadOnlyMemory<byte> CryptKey { get; init; }
}
