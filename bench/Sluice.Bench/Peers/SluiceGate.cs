namespace Sluice.Bench.Peers;

/// <summary>The gate of Sluice under measurement. The others are disabled.</summary>
/// <param name="Name">Its name in the `ready` line.</param>
/// <param name="Configuration">The text of the configuration file, without its log section.</param>
internal sealed record SluiceGate(string Name, Func<RelayPlace, string> Configuration)
{
    /// <summary>
    /// Writes a file with the keys that clients send in turn and returns its path; null = all send the backend's address.
    /// </summary>
    public Func<RelayPlace, Task<string>>? WriteKeysAsync { get; init; }

    public static readonly SluiceGate Tcp = new("tcp", place => $"""
        [tcpgate]
        bind = "127.0.0.1"
        port = 0
        enabled = true
        zero_copy = {Toml(place.Work.ZeroCopy)}
        {Tls("tcpgate", place)}
        [kcpgate]
        enabled = false

        [wsgate]
        enabled = false

        [common]
        loops = 1

        """);

    public static readonly SluiceGate Tokens = Tcp with
    {
        Configuration = place => $"""
            {Tcp.Configuration(place)}
            header_identify = "jwt"

            [jwt]
            key_file = "{RouteTokens.SecretFile(place)}"

            """,
        WriteKeysAsync = RouteTokens.WriteAsync,
    };

    /// <summary>A gate whose clients all exceed their limits, except for one per second and subnet.</summary>
    public static readonly SluiceGate Refusing = Tcp with
    {
        Configuration = place => $"""
            {Tcp.Configuration(place)}

            [limits]
            new_connections_per_ip_per_second = 1
            new_connections_per_subnet_per_second = 1

            """,
    };

    // Without an idle timeout, since a session that is idle on purpose or waits for its turn must not be closed as abandoned.
    public static readonly SluiceGate Kcp = new("kcp", place => $"""
        [tcpgate]
        enabled = false

        [kcpgate]
        bind = "127.0.0.1"
        port = 0
        enabled = true
        idle_timeout = 0
        nodelay = 1
        interval = 10
        resend = 2
        nc = 1
        snd_wnd = {place.KcpSettings.Window}
        rcv_wnd = {place.KcpSettings.Window}
        mtu = {KcpSettings.Mtu}
        data_shards = {place.KcpSettings.DataShards}
        parity_shards = {place.KcpSettings.ParityShards}

        [wsgate]
        enabled = false

        [common]
        loops = 1
        kcp_reciprocity = {Toml(place.KcpSettings.Reciprocity)}

        """);

    // Raw framing, because the other relays support nothing else. No pings, because a client that waits for its turn reads none. In
    // `idle` they stay on.
    public static readonly SluiceGate WebSocket = new("ws", place => $"""
        [tcpgate]
        enabled = false

        [kcpgate]
        enabled = false

        [wsgate]
        bind = "127.0.0.1"
        port = 0
        enabled = true
        to_backend = "raw"
        to_client = "raw"
        {(place.Work.StartsAnew ? "" : "ping_interval = 0")}
        {Tls("wsgate", place)}
        [common]
        loops = 1

        """);

    private static string Tls(string section, RelayPlace place) => !place.Work.Wire.Tls ? "" : $"""

        [{section}.tls]
        cert_file = "{place.Certificate.CertificateFile}"
        key_file = "{place.Certificate.KeyFile}"

        """;

    private static string Toml(bool value) => value ? "true" : "false";
}
