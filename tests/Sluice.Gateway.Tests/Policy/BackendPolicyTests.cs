using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sluice.Gateway.Policy;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Policy;

/// <summary>Which address may be dialled, in every form that packets to it can take.</summary>
public class BackendPolicyTests
{
    private const ushort OwnPort = 7082;

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.255.255.254", true)]
    [InlineData("126.255.255.255", false)]
    [InlineData("128.0.0.0", false)]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("9.255.255.255", false)]
    [InlineData("11.0.0.0", false)]
    [InlineData("172.15.255.255", false)]
    [InlineData("172.16.0.0", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("172.32.0.0", false)]
    [InlineData("192.168.0.0", true)]
    [InlineData("192.168.255.255", true)]
    [InlineData("192.167.255.255", false)]
    [InlineData("192.169.0.0", false)]
    [InlineData("8.8.8.8", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("::1", true)]
    [InlineData("::2", false)]
    [InlineData("fc00::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fd00:ec2::23", false)]
    [InlineData("fd20:ce::254", false)]
    [InlineData("fd00:42::42", false)]
    [InlineData("fbff::1", false)]
    [InlineData("fe00::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("64:ff9b::10.0.0.1", false)]
    [InlineData("2002:a00:1::", false)]
    public void Without_a_list_loopback_and_private_networks_are_allowed(string ip, bool allowed) =>
        Assert.Equal(allowed, Policy(null, []).Check(Protocol.Tcp, null, At(ip)).Allowed);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.0.0.1")]
    [InlineData("0.255.255.255")]
    [InlineData("169.254.0.0")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.255.255")]
    [InlineData("224.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("fe80::")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("febf:ffff::1")]
    [InlineData("ff00::1")]
    [InlineData("ff02::1")]
    [InlineData("ffff::1")]
    [InlineData("::ffff:0.0.0.0")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:224.0.0.1")]
    [InlineData("::ffff:255.255.255.255")]
    [InlineData("::169.254.169.254")]
    [InlineData("::224.0.0.1")]
    [InlineData("64:ff9b::0.0.0.0")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("64:ff9b::224.0.0.1")]
    [InlineData("64:ff9b:1::169.254.169.254")]
    [InlineData("64:ff9b:1:abcd::169.254.169.254")]
    [InlineData("2002:a9fe:a9fe::")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("2002:e000:1::")]
    [InlineData("2002::1")]
    public void Some_are_never_dialled_whatever_the_list_says(string ip)
    {
        PolicyDecision decision = Policy(["0.0.0.0/0", "::/0", "game.internal"], []).Check(Protocol.Tcp, "game.internal", At(ip));
        Assert.False(decision.Allowed);
        Assert.StartsWith("never dialled", decision.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("170.0.0.1")]
    [InlineData("169.253.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("::1")]
    [InlineData("::2")]
    [InlineData("fec0::1")]
    [InlineData("fe7f::1")]
    [InlineData("64:ff9b::192.0.2.1")]
    [InlineData("2002:c000:201::")]
    [InlineData("2003:a9fe:a9fe::")]
    [InlineData("2001:db8::169.254.169.254")]
    public void Their_neighbours_are(string ip) => Assert.True(Policy(["0.0.0.0/0", "::/0"], []).Check(Protocol.Tcp, null, At(ip)).Allowed);

    [Theory]

    // A list allows what it names and nothing else, not even loopback.
    [InlineData("10.0.0.0/8", "", null, "10.1.2.3", 80, true)]
    [InlineData("10.0.0.0/8", "", null, "127.0.0.1", 80, false)]
    [InlineData("10.0.0.0/8", "", null, "192.168.0.1", 80, false)]
    [InlineData("", "", null, "127.0.0.1", 80, false)]
    [InlineData("203.0.113.0/24", "", null, "203.0.113.9", 80, true)]
    [InlineData("10.0.0.0/8:7000-7999", "", null, "10.1.2.3", 80, false)]
    [InlineData("10.0.0.0/8:7000-7999,10.0.0.0/8:80", "", null, "10.1.2.3", 80, true)]
    [InlineData("game.internal", "", "game.internal", "203.0.113.9", 80, true)]
    [InlineData("game.internal", "", "evil.internal", "203.0.113.9", 80, false)]
    [InlineData("game.internal", "", null, "203.0.113.9", 80, false)]
    [InlineData("*.game.internal:9000", "", "a.game.internal", "203.0.113.9", 9000, true)]
    [InlineData("*.game.internal:9000", "", "a.game.internal", "203.0.113.9", 9001, false)]

    // deny wins.
    [InlineData("10.0.0.0/8", "10.0.0.0/8", null, "10.1.2.3", 80, false)]
    [InlineData("10.0.0.0/8", "10.1.2.3", null, "10.1.2.3", 80, false)]
    [InlineData("10.0.0.0/8", "10.1.2.3", null, "10.1.2.4", 80, true)]
    [InlineData("10.1.2.3", "10.0.0.0/8", null, "10.1.2.3", 80, false)]
    [InlineData("10.0.0.0/8", "10.0.0.0/8:22", null, "10.1.2.3", 22, false)]
    [InlineData("10.0.0.0/8", "10.0.0.0/8:22", null, "10.1.2.3", 23, true)]
    [InlineData("10.0.0.0/8", "evil.internal", "evil.internal", "10.1.2.3", 80, false)]
    [InlineData("10.0.0.0/8", "evil.internal", "EVIL.internal.", "10.1.2.3", 80, false)]
    [InlineData("10.0.0.0/8", "*.evil.internal", "a.evil.internal", "10.1.2.3", 80, false)]
    [InlineData("game.internal", "10.0.0.0/8", "game.internal", "10.1.2.3", 80, false)]
    [InlineData("-", "127.0.0.0/8", null, "127.0.0.1", 80, false)]
    [InlineData("-", "127.0.0.0/8", null, "10.0.0.1", 80, true)]

    // deny of an IPv4 range reaches every form of it.
    [InlineData("::/0", "10.0.0.0/8", null, "::ffff:10.1.2.3", 80, false)]
    [InlineData("::/0", "10.0.0.0/8", null, "64:ff9b::10.1.2.3", 80, false)]
    [InlineData("::/0", "10.0.0.0/8", null, "64:ff9b:1::10.1.2.3", 80, false)]
    [InlineData("::/0", "10.0.0.0/8", null, "2002:a01:203::1", 80, false)]
    [InlineData("::/0", "10.0.0.0/8", null, "::10.1.2.3", 80, false)]
    [InlineData("0.0.0.0/0", "::ffff:10.0.0.0/104", null, "10.1.2.3", 80, false)]

    // allow of an IPv4 range does not reach what only embeds it.
    [InlineData("10.0.0.0/8", "", null, "::ffff:10.1.2.3", 80, true)]
    [InlineData("10.0.0.0/8", "", null, "64:ff9b::10.1.2.3", 80, false)]
    [InlineData("10.0.0.0/8", "", null, "2002:a01:203::1", 80, false)]
    public void Lists_decide(string allow, string deny, string? name, string ip, ushort port, bool allowed) =>
        Assert.Equal(
            allowed,
            Policy(allow == "-" ? null : Split(allow), Split(deny)).Check(Protocol.Tcp, name, At(ip, port)).Allowed);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    [InlineData("127.255.255.254")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:127.0.0.2")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("::127.0.0.1")]
    public void Its_own_listeners_are_not_dialled_by_loopback(string ip)
    {
        BackendPolicy policy = Policy(["0.0.0.0/0", "::/0"], []);
        Assert.False(policy.Check(Protocol.Tcp, null, At(ip, OwnPort)).Allowed);
        Assert.False(policy.Check(Protocol.Tcp, "game.internal", At(ip, OwnPort)).Allowed);
        Assert.True(policy.Check(Protocol.Tcp, null, At(ip, OwnPort + 1)).Allowed);
    }

    [Fact]
    public void Its_own_listeners_are_not_dialled_by_any_address_of_the_machine()
    {
        IPAddress[] own = [.. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(nic => nic.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)];
        Assert.NotEmpty(own);
        BackendPolicy policy = Policy(["0.0.0.0/0", "::/0"], []);
        Assert.All(own, ip => Assert.False(policy.Check(Protocol.Tcp, null, NetworkAddress.From(ip, OwnPort)).Allowed));
        Assert.All(
            own.Where(ip => ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork),
            ip => Assert.False(policy.Check(Protocol.Tcp, null, NetworkAddress.From(ip.MapToIPv6(), OwnPort)).Allowed));
    }

    [Theory]
    [InlineData("198.51.100.77")]
    [InlineData("2001:db8::77")]
    public void The_same_port_of_another_machine_is_dialled(string ip) =>
        Assert.True(Policy(["0.0.0.0/0", "::/0"], []).Check(Protocol.Tcp, null, At(ip, OwnPort)).Allowed);

    [Fact]
    public void The_rule_that_decided_is_named()
    {
        BackendPolicy policy = Policy(["10.0.0.0/8:80"], ["10.0.0.1"]);
        Assert.Equal("allow 10.0.0.0/8:80", policy.Check(Protocol.Tcp, null, At("10.0.0.2", 80)).Rule);
        Assert.Equal("deny 10.0.0.1", policy.Check(Protocol.Tcp, null, At("10.0.0.1", 80)).Rule);
        Assert.Equal("not in allow", policy.Check(Protocol.Tcp, null, At("10.0.0.2", 81)).Rule);
    }

    /// <summary>A KCP node may well listen on the number of the gateway's TCP port, and the other way round.</summary>
    [Theory]
    [InlineData(Protocol.Tcp, Protocol.Tcp, false)]
    [InlineData(Protocol.WebSocket, Protocol.Tcp, false)]
    [InlineData(Protocol.Kcp, Protocol.Kcp, false)]
    [InlineData(Protocol.Tcp, Protocol.Kcp, true)]
    [InlineData(Protocol.WebSocket, Protocol.Kcp, true)]
    [InlineData(Protocol.Kcp, Protocol.Tcp, true)]
    public void A_listener_takes_the_port_of_its_own_protocol_alone(Protocol listener, Protocol dialled, bool allowed)
    {
        var own = new OwnListeners();
        own.Add(listener, OwnPort);
        PolicyDecision decision = new BackendPolicy(null, [], own).Check(dialled, null, At("127.0.0.2", OwnPort));
        Assert.Equal((allowed, allowed ? "default: loopback and private networks" : "never dialled: a listener of this gateway"), (decision.Allowed, decision.Rule));
    }

    /// <summary>What keeps us from asking the system, such as a lack of descriptors, must not open the way to ourselves.</summary>
    [Theory]
    [InlineData(SocketError.AddressNotAvailable, true)]
    [InlineData(SocketError.TooManyOpenSockets, false)]
    [InlineData(SocketError.NoBufferSpaceAvailable, false)]
    [InlineData(SocketError.AccessDenied, false)]
    public void An_address_is_somebody_elses_only_where_the_system_says_so(SocketError answer, bool allowed)
    {
        var own = new OwnListeners(_ => throw new SocketException((int)answer));
        own.Add(Protocol.Tcp, OwnPort);
        Assert.Equal(allowed, new BackendPolicy(null, [], own).Check(Protocol.Tcp, null, At("10.0.0.1", OwnPort)).Allowed);
    }

    [Fact]
    public void Decisions_are_counted_by_rule()
    {
        BackendPolicy policy = Policy(["10.0.0.0/8", "127.0.0.1"], ["10.0.0.1", "10.0.0.2"]);
        foreach (string ip in (string[])["10.0.0.3", "10.0.0.4", "10.0.0.1", "127.0.0.1", "192.0.2.1", "169.254.169.254", "fe80::1", "224.0.0.1"])
        {
            policy.Check(Protocol.Tcp, null, At(ip));
        }

        policy.Check(Protocol.Tcp, null, At("127.0.0.1", OwnPort));
        Assert.Equal(
            [
                new("never dialled: unspecified", false, 0), new("never dialled: link-local", false, 2), new("never dialled: multicast", false, 1),
                new("never dialled: broadcast", false, 0), new("never dialled: cloud metadata", false, 0), new("never dialled: a listener of this gateway", false, 1), new("deny 10.0.0.1", false, 1),
                new("deny 10.0.0.2", false, 0), new("allow 10.0.0.0/8", true, 2), new("allow 127.0.0.1", true, 1), new("not in allow", false, 1),
            ],
            policy.Tallies);
    }

    [Fact]
    public void Without_a_list_the_defaults_are_counted_and_a_decision_allocates_nothing()
    {
        BackendPolicy policy = Policy(null, []);
        policy.Check(Protocol.Tcp, null, At("10.0.0.1"));
        NetworkAddress allowed = At("10.0.0.1");
        NetworkAddress denied = At("192.0.2.1");
        const int Times = 10_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Times; i++)
        {
            policy.Check(Protocol.Tcp, null, allowed);
            policy.Check(Protocol.Kcp, null, denied);
        }

        // Less than a byte each time: a table of the runtime's own, such as that of its casts, may grow on this thread.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Times - 1);
        Assert.Equal(
            [new("default: loopback and private networks", true, Times + 1), new("default: neither loopback nor a private network", false, Times)],
            policy.Tallies.Where(tally => tally.Decisions > 0));
    }

    private static string[] Split(string rules) => rules.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static BackendPolicy Policy(string[]? allow, string[] deny)
    {
        var own = new OwnListeners();
        own.Add(Protocol.Tcp, OwnPort);
        return new BackendPolicy(allow?.Select(Rule).ToArray(), [.. deny.Select(Rule)], own);
    }

    private static PolicyRule Rule(string text) => PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new FormatException(text);

    private static NetworkAddress At(string ip, ushort port = 80) => NetworkAddress.From(IPAddress.Parse(ip), port);
}
