using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Vocabulary;
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
    [InlineData("fd12:3456:789a:1::7", true)]
    [InlineData("fd12:3456:789a:1:ffff::", true)]
    [InlineData("fd12:3456:789a:2::7", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fdff::1", false)]
    [InlineData("2001:db8:1::7", false)]
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
    [InlineData("fd00:ec2::254")]
    [InlineData("fd00:ec2::23")]
    [InlineData("fd00:ec2:0:1::254")]
    [InlineData("fd20:ce::254")]
    [InlineData("fd00:42::42")]
    [InlineData("fd00:c1::a9fe:a9fe")]
    [InlineData("fd00:c1::a9fe:2")]
    [InlineData("fd00:100::100:200")]
    [InlineData("fd00:a9fe:a9fe::1")]
    [InlineData("fd64:ff9b::169.254.169.254")]
    [InlineData("fd12:3456:789a:1::169.254.169.254")]
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
    [InlineData("fd00:42::43")]
    [InlineData("fd00:100::1")]
    [InlineData("fd00:c2::a9fe:a9ff")]
    [InlineData("fd20:ce::253")]
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

    /// <summary>The lengths of RFC 6052 2.2, each with an address of the examples in 2.4. <c>-</c> = no list.</summary>
    [Theory]
    [InlineData("2001:db8::/32", "2001:db8:a9fe:a9fe::", "0.0.0.0/0,::/0", "never dialled: link-local")]
    [InlineData("2001:db8:100::/40", "2001:db8:1a9:fea9:fe::", "0.0.0.0/0,::/0", "never dialled: link-local")]
    [InlineData("2001:db8:122::/48", "2001:db8:122:a9fe:a9:fe00::", "0.0.0.0/0,::/0", "never dialled: link-local")]
    [InlineData("2001:db8:122:300::/56", "2001:db8:122:3a9:fe:a9fe::", "0.0.0.0/0,::/0", "never dialled: link-local")]
    [InlineData("2001:db8:122:344::/64", "2001:db8:122:344:a9:fea9:fe00:0", "0.0.0.0/0,::/0", "never dialled: link-local")]
    [InlineData("2001:db8:122:344::/96", "2001:db8:122:344::169.254.169.254", "0.0.0.0/0,::/0", "never dialled: link-local")]
    [InlineData("2001:db8:122:344::/64", "2001:db8:122:344:ffa9:fea9:feff:1", "0.0.0.0/0,::/0", "never dialled: link-local")]
    [InlineData("2001:db8::/96", "2001:db8::127.0.0.1", "0.0.0.0/0,::/0", "never dialled: a listener of this gateway")]
    [InlineData("2001:db8::/96", "2001:db8::10.9.9.9", "0.0.0.0/0,::/0", "deny 10.9.0.0/16")]
    [InlineData("2001:db8::/96", "2001:db8::10.0.0.1", "-", "default: loopback and private networks")]
    [InlineData("2001:db8::/96", "2001:db8::8.8.8.8", "-", "default: neither loopback nor a private network")]
    [InlineData("2001:db8::/96", "2001:db8::127.0.0.2", "-", "never dialled: a listener of this gateway")]
    [InlineData("2001:db8:0:1::/96", "2001:db8::10.0.0.1", "-", "default: neither loopback nor a private network")]
    [InlineData("fd12:3456:789a:1::/96", "fd12:3456:789a:1::8.8.8.8", "-", "default: neither loopback nor a private network")]
    [InlineData("fd12:3456:789a:1::/96", "fd12:3456:789a:1:1::8.8.8.8", "-", "default: loopback and private networks")]
    [InlineData("64:ff9b::/96", "64:ff9b::10.0.0.1", "-", "default: loopback and private networks")]
    [InlineData("2001:db8::/96", "2001:db8::10.0.0.1", "10.0.0.0/8", "allow 10.0.0.0/8")]
    [InlineData("2001:db8::/96", "2001:db8::11.0.0.1", "10.0.0.0/8", "not in allow")]
    [InlineData("2001:db8::/96", "2001:db8::11.0.0.1", "2001:db8::/96", "allow 2001:db8::/96")]
    public void An_address_behind_a_NAT64_prefix_is_judged_as_the_IPv4_address_in_it(string prefix, string ip, string allow, string rule)
    {
        Assert.True(Nat64Prefix.TryParse(prefix, out Nat64Prefix? nat64));
        BackendPolicy policy = Policy(allow == "-" ? null : Split(allow), ["10.9.0.0/16"], [nat64]);
        Assert.Equal(rule, policy.Check(Protocol.Tcp, null, At(ip, OwnPort)).Rule);
    }

    [Fact]
    public void The_loopback_of_a_translator_is_not_ours()
    {
        Assert.True(Nat64Prefix.TryParse("2001:db8::/96", out Nat64Prefix? nat64));
        Assert.False(Policy(null, [], [nat64]).Check(Protocol.Tcp, null, At("2001:db8::127.0.0.1")).Allowed);
        Assert.False(Policy(["127.0.0.0/8"], [], [nat64]).Check(Protocol.Tcp, null, At("2001:db8::127.0.0.1")).Allowed);
    }

    [Theory]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    [InlineData("64:ff9b::/96", "64:ff9b::/96")]
    [InlineData("2001:db8::7/64", "2001:db8::/64")]
    [InlineData("2001:db8::/33", null)]
    [InlineData("2001:db8::/128", null)]
    [InlineData("2001:db8::", null)]
    [InlineData("10.0.0.0/8", null)]
    [InlineData("::ffff:0:0/96", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_NAT64_prefix_has_one_of_the_lengths_of_RFC_6052(string? text, string? read)
    {
        Assert.Equal(read is not null, Nat64Prefix.TryParse(text, out Nat64Prefix? prefix));
        Assert.Equal(read, prefix?.ToString());
    }

    /// <summary>Interfaces come and go while the gateway runs.</summary>
    [Fact]
    public void A_network_that_the_machine_joins_or_leaves_counts_within_five_seconds()
    {
        var time = new FakeTimeProvider();
        string[] networks = ["fd12:3456:789a:1::/64"];
        int read = 0;
        var machine = new MachineNetworks(time, () =>
        {
            read++;
            return [.. networks.Select(AddressRange.Parse)];
        });
        var policy = new BackendPolicy(null, [], new OwnListeners(), null, false, machine);
        Assert.Equal(0, read);
        Assert.Equal((true, false), Both());
        networks = ["fd12:3456:789a:2::/64"];
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal((true, false), Both());
        Assert.Equal(1, read);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal((false, true), Both());
        Assert.Equal(2, read);

        (bool First, bool Second) Both() => (
            policy.Check(Protocol.Tcp, null, At("fd12:3456:789a:1::7")).Allowed, policy.Check(Protocol.Tcp, null, At("fd12:3456:789a:2::7")).Allowed);
    }

    /// <summary>
    /// As the system's interfaces are: whatever unique-local network this machine is in is allowed, and another one is not.
    /// </summary>
    [Fact]
    public void The_networks_are_those_of_the_machine()
    {
        var policy = new BackendPolicy(null, [], new OwnListeners());
        UnicastIPAddressInformation[] own = [.. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(nic => nic.GetIPProperties().UnicastAddresses)
            .Where(unicast => unicast.Address.IsIPv6UniqueLocal)];
        Assert.All(own, unicast => Assert.True(policy.Check(Protocol.Tcp, null, NetworkAddress.From(unicast.Address, 80)).Allowed));
        Assert.Equal("default: a unique-local network that this machine has no address in", policy.Check(Protocol.Tcp, null, At("fd5c:8e1e:77ab:9::1")).Rule);
    }

    /// <summary>Where clients name addresses and KCP is off, a client's word alone must not make the gateway send UDP.</summary>
    [Theory]
    [InlineData("-", "10.0.0.1", 7000, "kcpgate is off, and no rule of allow names kcp://")]
    [InlineData("10.0.0.0/8", "10.0.0.1", 7000, "kcpgate is off, and no rule of allow names kcp://")]
    [InlineData("tcp://10.0.0.0/8", "10.0.0.1", 7000, "kcpgate is off, and no rule of allow names kcp://")]
    [InlineData("10.0.0.0/8,kcp://10.0.0.0/8:7000-7999", "10.0.0.1", 7000, "allow kcp://10.0.0.0/8:7000-7999")]
    [InlineData("10.0.0.0/8,kcp://10.0.0.0/8:7000-7999", "10.0.0.1", 8000, "kcpgate is off, and no rule of allow names kcp://")]
    [InlineData("KCP://10.0.0.1", "10.0.0.1", 7000, "allow KCP://10.0.0.1")]
    [InlineData("kcp://10.0.0.0/8", "10.9.0.1", 7000, "deny kcp://10.9.0.0/16")]
    public void Without_kcpgate_only_a_rule_for_kcp_allows_kcp(string allow, string ip, ushort port, string rule)
    {
        PolicyRule[]? rules = allow == "-" ? null : [.. Split(allow).Select(Rule)];
        var policy = new BackendPolicy(rules, [Rule("kcp://10.9.0.0/16")], new OwnListeners(), kcpNeedsRule: true);
        Assert.Equal(rule, policy.Check(Protocol.Kcp, null, At(ip, port)).Rule);
        Assert.Equal(1, policy.Tallies.Single(tally => tally.Rule == rule).Decisions);
    }

    [Theory]
    [InlineData("kcp://*.game.internal", true, "kcp://game.internal", Protocol.Kcp, "a.game.internal", null)]
    [InlineData("kcp://*.game.internal", true, "", Protocol.Kcp, "b.test", "kcpgate is off, and no rule of allow names kcp://")]
    [InlineData("*.game.internal", true, "", Protocol.Kcp, "a.game.internal", "kcpgate is off, and no rule of allow names kcp://")]
    [InlineData("-", true, "", Protocol.Kcp, "a.game.internal", "kcpgate is off, and no rule of allow names kcp://")]
    [InlineData("-", false, "", Protocol.Kcp, "a.game.internal", null)]
    [InlineData("kcp://*.game.internal", false, "", Protocol.Tcp, "a.game.internal", "not in allow")]
    [InlineData("*.game.internal", false, "kcp://a.game.internal", Protocol.Kcp, "a.game.internal", "deny kcp://a.game.internal")]
    [InlineData("*.game.internal", false, "kcp://a.game.internal", Protocol.Tcp, "a.game.internal", null)]
    public void A_name_that_no_rule_for_its_protocol_can_match_is_not_looked_up(
        string allow, bool kcpNeedsRule, string deny, Protocol protocol, string name, string? rule)
    {
        PolicyRule[]? rules = allow == "-" ? null : [.. Split(allow).Select(Rule)];
        var policy = new BackendPolicy(rules, [.. Split(deny).Select(Rule)], new OwnListeners(), kcpNeedsRule: kcpNeedsRule);
        Assert.Equal(rule, policy.CheckName(protocol, name, 7000)?.Rule);
    }

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

    /// <summary>Of a machine in fd12:3456:789a:1::/64 and 2001:db8:1::/64.</summary>
    private static BackendPolicy Policy(string[]? allow, string[] deny, Nat64Prefix[]? nat64 = null)
    {
        var own = new OwnListeners();
        own.Add(Protocol.Tcp, OwnPort);
        var machine = new MachineNetworks(TimeProvider.System, () => [AddressRange.Parse("fd12:3456:789a:1::/64"), AddressRange.Parse("2001:db8:1::/64")]);
        return new BackendPolicy(allow?.Select(Rule).ToArray(), [.. deny.Select(Rule)], own, nat64, false, machine);
    }

    private static PolicyRule Rule(string text) => PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new FormatException(text);

    private static NetworkAddress At(string ip, ushort port = 80) => NetworkAddress.From(IPAddress.Parse(ip), port);
}
