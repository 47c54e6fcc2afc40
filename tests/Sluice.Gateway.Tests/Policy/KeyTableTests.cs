using System.Collections;
using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Tests.Kit;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests.Policy;

/// <summary>From the text of a key to the decision, through a whole gateway: what is answered, and which rule decided.</summary>
public class KeyTableTests
{
    private const int DialFailed = 10;
    private const int Denied = 11;
    private const int Allowed = 15;
    private const int NameDenied = 16;

    private const string Own = "never dialled: a listener of this gateway";

    /// <summary>What the name server says. It is the attacker's, but for the first line.</summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["a.ok.test"] = "127.0.0.1",
        ["xn--bcher-kva.ok.test"] = "127.0.0.1",
        ["evil.ok.test"] = "127.0.0.1",
        ["ok.test"] = "127.0.0.1",
        ["elsewhere.test"] = "192.0.2.1",
        ["private.test"] = "10.1.2.3",
        ["denied-range.ok.test"] = "127.0.0.66",
        ["denied-mapped.ok.test"] = "::ffff:127.0.0.66",
        ["denied-nat64.ok.test"] = "64:ff9b::127.0.0.66",
        ["denied-6to4.ok.test"] = "2002:7f00:42::",
        ["metadata.ok.test"] = "169.254.169.254",
        ["metadata-mapped.ok.test"] = "::ffff:169.254.169.254",
        ["metadata-nat64.ok.test"] = "64:ff9b::169.254.169.254",
        ["metadata-local-nat64.ok.test"] = "64:ff9b:1::169.254.169.254",
        ["metadata-6to4.ok.test"] = "2002:a9fe:a9fe::",
        ["metadata-aws.ok.test"] = "fd00:ec2::254",
        ["metadata-48.ok.test"] = "64:ff9b:1:a9fe:a9:fe00::",
        ["metadata-compatible.ok.test"] = "::169.254.169.254",
        ["zone.ok.test"] = "fe80::1%1",
        ["any.ok.test"] = "0.0.0.0",
        ["any6.ok.test"] = "::",
        ["all.ok.test"] = "224.0.0.1",
        ["all6.ok.test"] = "ff02::1",
        ["everybody.ok.test"] = "255.255.255.255",
        ["self.ok.test"] = "127.0.0.2",
        ["self6.ok.test"] = "::1",
        ["self-mapped.ok.test"] = "::ffff:127.0.0.1",
        ["self-nat64.ok.test"] = "64:ff9b::127.0.0.1",
        ["127.0.0.1.ok.test"] = "127.0.0.1",
    };

    /// <summary>
    /// Key, answer ("" = whatever a dial brings), and the rule that decided (null = nothing to decide). PORT is open on 127.0.0.1; OWN and
    /// UDP are the gateway's.
    /// </summary>
    private static readonly (string Key, string Answer, string? Rule)[] Table =
    [
        // The forms of one address.
        ("127.0.0.1:PORT", "ok", "allow 127.0.0.0/8"),
        ("[::ffff:127.0.0.1]:PORT", "ok", "allow 127.0.0.0/8"),
        ("[::ffff:7f00:1]:PORT", "ok", "allow 127.0.0.0/8"),
        ("[::FFFF:127.0.0.1]:PORT", "ok", "allow 127.0.0.0/8"),
        ("[0:0:0:0:0:ffff:127.0.0.1]:PORT", "ok", "allow 127.0.0.0/8"),
        ("tcp://127.0.0.1:PORT", "ok", "allow 127.0.0.0/8"),
        ("TCP://127.0.0.1:PORT", "ok", "allow 127.0.0.0/8"),
        ("kcp://127.0.0.1:PORT", "ok", "allow 127.0.0.0/8"),
        ("127.0.0.2:PORT", "error unreachable", "allow 127.0.0.0/8"),
        ("[::1]:1", "error unreachable", "allow [::1]:1-1000"),
        ("[::1]:PORT", "error denied", "not in allow"),
        ("2130706433:PORT", "error bad_key", null),
        ("017700000001:PORT", "error bad_key", null),
        ("0177.0.0.1:PORT", "error bad_key", null),
        ("127.0.0.01:PORT", "error bad_key", null),
        ("0x7f000001:PORT", "error bad_key", null),
        ("0x7f.0.0.1:PORT", "error bad_key", null),
        ("0x7f.1:PORT", "error bad_key", null),
        ("127.1:PORT", "error bad_key", null),
        ("127.0.1:PORT", "error bad_key", null),
        ("127:PORT", "error bad_key", null),
        ("0:PORT", "error bad_key", null),
        ("127.0.0.1.:PORT", "error bad_key", null),
        ("127.0.0.1%1:PORT", "error bad_key", null),
        ("[127.0.0.1]:PORT", "error bad_key", null),
        ("[::ffff:127.0.0.01]:PORT", "error bad_key", null),
        ("[::ffff:0x7f.0.0.1]:PORT", "error bad_key", null),
        ("[::ffff:127.1]:PORT", "error bad_key", null),
        ("[::1%1]:1", "error bad_key", null),
        ("[fe80::1%1]:80", "error bad_key", null),
        ("[fe80::1%25eth0]:80", "error bad_key", null),
        ("::1:1", "error bad_key", null),
        ("\uff11\uff12\uff17.0.0.1:PORT", "error bad_key", null),
        ("127\u30020\u30020\u30021:PORT", "error bad_key", null),
        ("127.0.0.1:PORT\0", "error bad_key", null),
        ("127.0.0.1\0:PORT", "error bad_key", null),
        ("127.0.0.1: PORT", "error bad_key", null),
        ("127.0.0.1:0", "error bad_key", null),
        ("127.0.0.1:65536", "error bad_key", null),
        ("user@127.0.0.1:PORT", "error bad_key", null),
        ("http://127.0.0.1:PORT", "error bad_key", null),
        ("Tcp://127.0.0.1:PORT", "error bad_key", null),

        // What deny and a list without it say.
        ("127.0.0.66:PORT", "error denied", "deny 127.0.0.66"),
        ("[::ffff:127.0.0.66]:PORT", "error denied", "deny 127.0.0.66"),
        ("[64:ff9b::127.0.0.66]:PORT", "error denied", "deny 127.0.0.66"),
        ("[64:ff9b::7f00:42]:PORT", "error denied", "deny 127.0.0.66"),
        ("[2002:7f00:42::]:PORT", "error denied", "deny 127.0.0.66"),
        ("kcp://127.0.0.66:PORT", "error denied", "deny 127.0.0.66"),
        ("127.0.0.1:22", "error denied", "deny 127.0.0.0/8:22"),
        ("[::127.0.0.1]:22", "error denied", "deny 127.0.0.0/8:22"),
        ("10.1.2.3:PORT", "error denied", "not in allow"),
        ("192.0.2.1:PORT", "error denied", "not in allow"),
        ("[2001:db8::1]:PORT", "error denied", "not in allow"),
        ("[64:ff9b::127.0.0.1]:PORT", "error denied", "not in allow"),
        ("[2002:7f00:1::]:PORT", "error denied", "not in allow"),

        // What nothing can allow.
        ("0.0.0.0:PORT", "error denied", "never dialled: unspecified"),
        ("[::]:PORT", "error denied", "never dialled: unspecified"),
        ("[::ffff:0.0.0.0]:PORT", "error denied", "never dialled: unspecified"),
        ("169.254.169.254:80", "error denied", "never dialled: link-local"),
        ("[::ffff:169.254.169.254]:80", "error denied", "never dialled: link-local"),
        ("[::ffff:a9fe:a9fe]:80", "error denied", "never dialled: link-local"),
        ("[64:ff9b::a9fe:a9fe]:80", "error denied", "never dialled: link-local"),
        ("[64:ff9b:1::a9fe:a9fe]:80", "error denied", "never dialled: link-local"),
        ("[2002:a9fe:a9fe::1]:80", "error denied", "never dialled: link-local"),
        ("[::a9fe:a9fe]:80", "error denied", "never dialled: link-local"),
        ("[fe80::1]:80", "error denied", "never dialled: link-local"),
        ("kcp://169.254.169.254:80", "error denied", "never dialled: link-local"),
        ("224.0.0.1:80", "error denied", "never dialled: multicast"),
        ("[ff02::1]:80", "error denied", "never dialled: multicast"),
        ("255.255.255.255:80", "error denied", "never dialled: broadcast"),

        ("[fd00:ec2::254]:80", "error denied", "never dialled: cloud metadata"),
        ("[fd00:ec2::23]:80", "error denied", "never dialled: cloud metadata"),
        ("[fd20:ce::254]:80", "error denied", "never dialled: cloud metadata"),
        ("[fd00:42::42]:80", "error denied", "never dialled: cloud metadata"),
        ("100.100.100.200:80", "error denied", "never dialled: cloud metadata"),
        ("[::ffff:100.100.100.200]:80", "error denied", "never dialled: cloud metadata"),
        ("[64:ff9b::100.100.100.200]:80", "error denied", "never dialled: cloud metadata"),
        ("168.63.129.16:80", "error denied", "never dialled: cloud metadata"),
        ("192.0.0.192:80", "error denied", "never dialled: cloud metadata"),
        ("[fd00:c1::a9fe:a9fe]:80", "error denied", "never dialled: cloud metadata"),
        ("[fd00:100::100:200]:80", "error denied", "never dialled: cloud metadata"),
        ("[fd00:a9fe:a9fe::1]:80", "error denied", "never dialled: cloud metadata"),
        ("[fd00:ec3::254]:80", "error denied", "not in allow"),

        // IPv4 where translators of RFC 6052 look for it, by the length of their prefix.
        ("[::ffff:0:169.254.169.254]:80", "error denied", "never dialled: link-local"),
        ("[::ffff:0:127.0.0.66]:PORT", "error denied", "deny 127.0.0.66"),
        ("[64:ff9b:1:a9fe:a9:fe00::]:80", "error denied", "never dialled: link-local"),
        ("[64:ff9b:1:a9fe:a9:fe00::1]:80", "error denied", "never dialled: link-local"),
        ("[64:ff9b:1:a9:fe:a9fe::]:80", "error denied", "never dialled: link-local"),
        ("[64:ff9b:1:1:a9:fea9:fe00:0]:80", "error denied", "never dialled: link-local"),
        ("[64:ff9b:1:7f00:0:4200::]:PORT", "error denied", "deny 127.0.0.66"),
        ("[64:ff9b:1:1::8.8.8.8]:80", "error denied", "not in allow"),

        // The gateway itself, by the protocol that would be dialled.
        ("127.0.0.1:OWN", "error denied", Own),
        ("127.3.2.1:OWN", "error denied", Own),
        ("[::1]:OWN", "error denied", Own),
        ("[::ffff:127.0.0.1]:OWN", "error denied", Own),
        ("[64:ff9b::127.0.0.1]:OWN", "error denied", Own),
        ("[2002:7f00:1::]:OWN", "error denied", Own),
        ("kcp://127.0.0.1:UDP", "error denied", Own),
        ("kcp://[::1]:UDP", "error denied", Own),
        ("kcp://127.0.0.1:OWN", "ok", "allow 127.0.0.0/8"),
        ("tcp://127.0.0.1:UDP", "", "allow 127.0.0.0/8"),
        ("127.0.0.1:UDP", "", "allow 127.0.0.0/8"),

        // Names: the rule for a name, and what it resolves to.
        ("a.ok.test:PORT", "ok", "allow *.ok.test"),
        ("A.OK.Test:PORT", "ok", "allow *.ok.test"),
        ("a.ok.test.:PORT", "ok", "allow *.ok.test"),
        ("kcp://a.ok.test:PORT", "ok", "allow *.ok.test"),
        ("xn--bcher-kva.ok.test:PORT", "ok", "allow *.ok.test"),
        ("127.0.0.1.ok.test:PORT", "ok", "allow *.ok.test"),
        ("ok.test:PORT", "ok", "allow 127.0.0.0/8"),
        ("unknown.ok.test:PORT", "error unreachable", null),
        ("evil.ok.test:PORT", "error denied", "deny evil.ok.test"),
        ("EVIL.ok.test.:PORT", "error denied", "deny evil.ok.test"),
        ("elsewhere.test:PORT", "error denied", "not in allow"),
        ("private.test:PORT", "error denied", "not in allow"),
        ("denied-range.ok.test:PORT", "error denied", "deny 127.0.0.66"),
        ("denied-mapped.ok.test:PORT", "error denied", "deny 127.0.0.66"),
        ("denied-nat64.ok.test:PORT", "error denied", "deny 127.0.0.66"),
        ("denied-6to4.ok.test:PORT", "error denied", "deny 127.0.0.66"),
        ("metadata.ok.test:80", "error denied", "never dialled: link-local"),
        ("metadata-mapped.ok.test:80", "error denied", "never dialled: link-local"),
        ("metadata-nat64.ok.test:80", "error denied", "never dialled: link-local"),
        ("metadata-local-nat64.ok.test:80", "error denied", "never dialled: link-local"),
        ("metadata-6to4.ok.test:80", "error denied", "never dialled: link-local"),
        ("metadata-aws.ok.test:80", "error denied", "never dialled: cloud metadata"),
        ("metadata-48.ok.test:80", "error denied", "never dialled: link-local"),
        ("metadata-compatible.ok.test:80", "error denied", "never dialled: link-local"),
        ("zone.ok.test:80", "error denied", "never dialled: link-local"),
        ("any.ok.test:80", "error denied", "never dialled: unspecified"),
        ("any6.ok.test:80", "error denied", "never dialled: unspecified"),
        ("all.ok.test:80", "error denied", "never dialled: multicast"),
        ("all6.ok.test:80", "error denied", "never dialled: multicast"),
        ("everybody.ok.test:80", "error denied", "never dialled: broadcast"),
        ("self.ok.test:OWN", "error denied", Own),
        ("self6.ok.test:OWN", "error denied", Own),
        ("self-mapped.ok.test:OWN", "error denied", Own),
        ("self-nat64.ok.test:OWN", "error denied", Own),
        ("kcp://self.ok.test:UDP", "error denied", Own),

        // Names that are written otherwise than a name server has them: Unicode is the client's to convert, since two who convert may
        // differ.
        ("b\u00fccher.ok.test:PORT", "error bad_key", null),
        ("bu\u0308cher.ok.test:PORT", "error bad_key", null),
        ("\u0430.ok.test:PORT", "error bad_key", null),
        ("a\u3002ok.test:PORT", "error bad_key", null),
        ("a.ok.te\u017ft:PORT", "error bad_key", null),
        ("a.ok.t\uff45st:PORT", "error bad_key", null),
        ("a\u00ad.ok.test:PORT", "error bad_key", null),
        ("a\u200b.ok.test:PORT", "error bad_key", null),
        ("a.ok.test..:PORT", "error bad_key", null),
        (".a.ok.test:PORT", "error bad_key", null),
        ("a..ok.test:PORT", "error bad_key", null),
        ("a.ok.test\n:PORT", "error bad_key", null),
        ("a.ok.test%00:PORT", "error bad_key", null),
        ("a.ok.1:PORT", "error bad_key", null),
        ("a.ok.0x1:PORT", "error bad_key", null),
    ];

    [Fact]
    public async Task Every_form_of_a_key_has_one_decision()
    {
        Assert.True(Table.Length > 60);
        Assert.Distinct(Table.Select(row => row.Key));
        using Socket listener = RawSockets.Listen();
        await using TestGateway gateway = await StartAsync(async (name, _) => Names.TryGetValue(name.TrimEnd('.'), out string? ip)
            ? await Task.FromResult<IPAddress[]>([IPAddress.Parse(ip)])
            : throw new SocketException((int)SocketError.HostNotFound), taken: listener.Address().Port);
        string open = listener.Address().Port.ToString();
        string own = gateway.EndPoint.Port.ToString();
        string udp = gateway.Gateway.Listeners.Single(bound => bound.Protocol == Protocol.Kcp).EndPoint.Port.ToString();
        var wrong = new List<string>();
        foreach ((string form, string answer, string? rule) in Table)
        {
            int before = gateway.Log.Lines.Count;
            string key = form.Replace("PORT", open, StringComparison.Ordinal).Replace("OWN", own, StringComparison.Ordinal)
                .Replace("UDP", udp, StringComparison.Ordinal);
            string answered = await gateway.AskAsync(key);
            string? decided = gateway.Log.Lines.Skip(before).Where(line => line.Id is Denied or Allowed or NameDenied)
                .Select(line => line.Text[(line.Text.IndexOf(": ", StringComparison.Ordinal) + 2)..]).SingleOrDefault();
            if (!string.Equals(decided, rule, StringComparison.Ordinal) || (answer.Length > 0 && !string.Equals(answered, answer, StringComparison.Ordinal)))
            {
                wrong.Add($"{form}: {answered} by {decided ?? "nothing"}, not {answer} by {rule ?? "nothing"}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(
            Table.Where(row => row.Rule is not null).GroupBy(row => row.Rule!, StringComparer.Ordinal).ToDictionary(rule => rule.Key, rule => rule.LongCount(), StringComparer.Ordinal),
            gateway.Gateway.PolicyTallies.Where(tally => tally.Decisions > 0).ToDictionary(tally => tally.Rule, tally => tally.Decisions, StringComparer.Ordinal));
    }

    /// <summary>
    /// With KCP off, the word of a client does not make the gateway send UDP: nothing reaches the socket, and the client is refused.
    /// </summary>
    [Theory]
    [InlineData(null, false, "error denied")]
    [InlineData("127.0.0.0/8", false, "error denied")]
    [InlineData("kcp://127.0.0.0/8", false, "ok")]
    [InlineData("127.0.0.0/8", true, "ok")]
    [InlineData(null, true, "ok")]
    [InlineData("tcp://127.0.0.0/8", true, "error denied")]
    public async Task A_client_names_a_kcp_backend_only_where_kcp_is_on_or_a_rule_says_so(string? allow, bool kcpGate, string answer)
    {
        using var backend = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        backend.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            Kcp = kcpGate ? new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0 } : null,
            Allow = allow is null ? null : [Rule(allow)],
        });
        using Socket client = await gateway.ConnectAsync($"kcp://{backend.LocalEndPoint}");
        await client.SendAsync("hello"u8.ToArray());
        Assert.Equal(answer, await TestGateway.ReplyAsync(client));
        if (answer != "ok")
        {
            await gateway.EndedAsync();
            Assert.Equal(0, backend.Available);
        }
    }

    /// <summary>A strategy whose nodes an operator writes may name KCP backends whatever listens.</summary>
    [Fact]
    public async Task A_registry_names_kcp_backends_also_without_kcpgate()
    {
        using var backend = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        backend.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.True(Backend.TryParse($"kcp://{backend.LocalEndPoint}", out Backend? node));
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = new FakeResolver(_ => Resolution.To(node)) });
        Assert.Equal("ok", await gateway.AskAsync("s1"));
    }

    /// <summary>
    /// Between the attempts too: the address that was checked is dialled, and dialled again, whatever the name has become.
    /// </summary>
    [Fact]
    public async Task A_name_that_is_bound_anew_between_two_attempts_is_not_asked_again()
    {
        using Socket closed = RawSockets.Closed();
        int asked = 0;
        await using TestGateway gateway = await StartAsync(
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(Interlocked.Increment(ref asked) == 1 ? "127.0.0.1" : "169.254.169.254")]), attempts: 3);
        Task<string> answer = gateway.AskAsync($"rebind.ok.test:{closed.Address().Port}");
        await gateway.Log.UntilAsync(() => gateway.Log.Count(DialFailed) == 1);
        while (!answer.IsCompleted)
        {
            // In small steps: a pause begins only after the line of its failure, and one long step may come before it.
            await gateway.AdvanceAsync(10);
        }

        Assert.Equal("error unreachable", await answer);
        Assert.Equal(1, asked);
        Assert.All(gateway.Log.Lines.Where(line => line.Id == DialFailed), line => Assert.Contains($"Dialling {closed.Address()} ", line.Text, StringComparison.Ordinal));
    }

    /// <summary>A strategy of somebody else's may hand out a list that says something else each time it is asked.</summary>
    [Fact]
    public async Task A_list_of_backends_that_changes_is_read_once()
    {
        using Socket listener = RawSockets.Listen();
        var list = new ChangingList([new Backend(listener.Address().ToIPEndPoint()), new Backend(new IPEndPoint(IPAddress.Parse("169.254.169.254"), 80))]);
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = new FakeResolver(_ => Resolution.To(list)) });
        Assert.Equal("ok", await gateway.AskAsync("any"));
        Assert.Equal(1, list.Asked);
        Assert.Equal("error denied", await gateway.AskAsync("any"));
    }

    private static async Task<TestGateway> StartAsync(Func<string, CancellationToken, Task<IPAddress[]>> lookUp, int attempts = 1, int taken = 0)
    {
        while (true)
        {
            TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
            {
                Kcp = new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0 },
                Allow = [Rule("*.ok.test"), Rule("127.0.0.0/8"), Rule("[::1]:1-1000")],
                Deny = [Rule("127.0.0.66"), Rule("127.0.0.0/8:22"), Rule("evil.ok.test")],
                DialAttempts = attempts,
                LookUpName = lookUp,
            });
            int[] ports = [taken, .. gateway.Gateway.Listeners.Select(bound => bound.EndPoint.Port)];
            if (ports.Distinct().Count() == ports.Length)
            {
                return gateway;
            }

            // The system gives out the ports of TCP and of UDP apart, and once in a while one number for both.
            await gateway.DisposeAsync();
        }
    }

    private static PolicyRule Rule(string text) => PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new FormatException(text);

    /// <summary>One entry, another one each time.</summary>
    private sealed class ChangingList(Backend[] backends) : IReadOnlyList<Backend>
    {
        public int Asked { get; private set; }

        public int Count => 1;

        public Backend this[int index] => backends[Math.Min(Asked++, backends.Length - 1)];

        public IEnumerator<Backend> GetEnumerator() => throw new NotSupportedException();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
