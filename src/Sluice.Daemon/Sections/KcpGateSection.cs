using System.Net;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Gates;
using Sluice.Kcp;

namespace Sluice.Daemon.Sections;

/// <summary><c>[kcpgate]</c>: the listener for KCP clients, and how KCP is spoken with backends.</summary>
internal static class KcpGateSection
{
    /// <summary>Reed-Solomon over GF(2^8) has no more places in a group.</summary>
    private const int MaxShards = 255;

    private static readonly WholeNumberKind<int> Switch = new(0, 1);
    private static readonly WholeNumberKind<int> Window = new(1, 16_384);
    private static readonly WholeNumberKind<int> Shards = new(0, MaxShards - 1);

    public static readonly Section<KcpGateOptions> Table = new("kcpgate", new KcpGateOptions()) { Check = Check };

    public static readonly Setting<int> Port = Table.Add("port", GateKinds.Port,
        "UDP port. 0 takes a free one, which the `ready` line names.",
        options => options.Port, (options, value) => options with { Port = value });

    public static readonly Setting<bool> Enabled = Table.Add("enabled", GateKinds.Truth, false, "Whether KCP clients are served.");

    public static readonly Setting<IPAddress?> Bind = Table.Add("bind", GateKinds.Address,
        "Address to listen on. If it is empty, the gateway listens on all addresses, IPv4 and IPv6.",
        options => options.Bind, (options, value) => options with { Bind = value });

    public static readonly Setting<TimeSpan> DialTimeout = Table.Add("dial_timeout", GateKinds.Timeout,
        "Seconds that one dial attempt to a TCP backend may take.",
        options => options.DialTimeout, (options, value) => options with { DialTimeout = value });

    public static readonly Setting<bool> ZeroCopy = Table.Add("zero_copy", GateKinds.Truth, false,
        "Accepted because the original's file has it. It changes nothing: KCP always relays without staging copies.");

    public static readonly Setting<TimeSpan> IdleTimeout = Table.Add("idle_timeout", GateKinds.IdleTimeout,
        "Ends a session whose client is silent for this many seconds. 0 = never. KCP has no message for the end of a session.",
        options => options.IdleTimeout, (options, value) => options with { IdleTimeout = value });

    public static readonly Setting<TimeSpan> DeadLinkTime = Table.Add("dead_link_time", new SecondsKind(1, 86_400, zeroAllowed: true),
        "Ends a session whose client or KCP backend leaves data unacknowledged for this many seconds. "
        + "0 = for clients 10 s more than `idle_timeout`, or 60 s without one; for backends 10 s. "
        + "See [how sessions end](kcp.md#how-sessions-end).",
        options => options.DeadLinkTime, (options, value) => options with { DeadLinkTime = value });

    public static readonly Setting<int> NoDelay = Table.Add("nodelay", Switch,
        "KCP's `nodelay`: 1 = the smallest RTO is 30 ms and grows slowly, 0 = it is 100 ms.",
        options => options.Session.NoDelay ? 1 : 0,
        (options, value) => options with { Session = options.Session with { NoDelay = value == 1 } });

    public static readonly Setting<int> Interval = Table.Add("interval", new WholeNumberKind<int>(1, 5000),
        "KCP's `interval` in milliseconds: how long an acknowledgement may wait for others.",
        options => options.Session.Interval,
        (options, value) => options with { Session = options.Session with { Interval = value } });

    public static readonly Setting<int> FastResend = Table.Add("resend", new WholeNumberKind<int>(0, 255),
        "KCP's `resend`: a segment is retransmitted at once after this many later acknowledgements. 0 = off.",
        options => options.Session.FastResend,
        (options, value) => options with { Session = options.Session with { FastResend = value } });

    public static readonly Setting<bool> Bundling = Table.Add("bundling", GateKinds.Truth,
        "Whether to send small messages again with the next one on a link that loses datagrams, so that most losses cost no timeout. "
        + "It costs bytes but no datagrams.",
        options => options.Session.Bundling,
        (options, value) => options with { Session = options.Session with { Bundling = value } });

    public static readonly Setting<int> NoCongestionWindow = Table.Add("nc", Switch,
        "KCP's `nc`: 1 = send as much as the windows allow, 0 = use a congestion window.",
        options => options.Session.NoCongestionWindow ? 1 : 0,
        (options, value) => options with { Session = options.Session with { NoCongestionWindow = value == 1 } });

    public static readonly Setting<int> SendWindow = Table.Add("snd_wnd", Window,
        "Most segments in flight.",
        options => options.Session.SendWindow,
        (options, value) => options with { Session = options.Session with { SendWindow = value } });

    public static readonly Setting<int> ReceiveWindow = Table.Add("rcv_wnd", Window,
        "Most segments received and not yet passed on.",
        options => options.Session.ReceiveWindow,
        (options, value) => options with { Session = options.Session with { ReceiveWindow = value } });

    public static readonly Setting<int> Mtu = Table.Add("mtu", new WholeNumberKind<int>(128, 1500),
        "Largest datagram to send, in bytes of UDP payload, including the headers of FEC and encryption.",
        options => options.Session.Mtu,
        (options, value) => options with { Session = options.Session with { Mtu = value } });

    public static readonly Setting<int> DataShards = Table.Add("data_shards", Shards, Table.Defaults.BackendFec.DataShards,
        "FEC towards KCP backends: data datagrams per group. Clients are answered with the FEC that they use. "
        + "See [clients and FEC](kcp.md#clients-and-fec).");

    public static readonly Setting<int> ParityShards = Table.Add("parity_shards", Shards, Table.Defaults.BackendFec.ParityShards,
        "FEC towards KCP backends: parity datagrams per group, together with `data_shards` at most 255. 0 for either = no FEC.");

    public static readonly Setting<string?> Crypt = Table.Add("crypt", new ChoiceKind<string?>(KcpEncryption.Choices),
        "Encryption of every datagram, for clients and KCP backends alike, in kcptun's words. \"aes\" is AES-256. "
        + "See [encryption](kcp.md#encryption).",
        options => options.Crypt, (options, value) => options with { Crypt = value });

    public static readonly Setting<string> KeyFile = Table.Add("key_file", new PathKind(), "",
        "File whose only line is the secret that clients, gateway and KCP backends share: kcptun's `--key`.");

    /// <summary>Returns the options for clients and backends, whether or not clients are served.</summary>
    public static KcpGateOptions Build(Settings settings)
    {
        int data = settings.Get(DataShards);
        int parity = settings.Get(ParityShards);
        return Table.Build(settings) with
        {
            Reciprocity = settings.Get(CommonSection.KcpReciprocity),
            BackendFec = data == 0 || parity == 0 ? KcpFec.None : KcpFec.Fixed(data, parity),
            CryptKey = KcpEncryption.Key(settings),
        };
    }

    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(DataShards) + settings.Get(ParityShards) > MaxShards)
        {
            faults.Add(
                settings.PlaceOf(ParityShards, DataShards),
                $"{ParityShards}: together with data_shards that is more than {MaxShards}; write fewer");
        }

        KcpEncryption.Check(settings, faults);
    }
}
