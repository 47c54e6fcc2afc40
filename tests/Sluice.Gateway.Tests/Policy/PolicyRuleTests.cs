using System.Net;
using CsCheck;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Policy;

public class PolicyRuleTests
{
    [Theory]

    // Ranges.
    [InlineData("10.0.0.0/8", null, "10.255.255.255", 1, true)]
    [InlineData("10.0.0.0/8", null, "11.0.0.0", 1, false)]
    [InlineData("10.0.0.0/8", null, "::ffff:10.1.2.3", 1, true)]
    [InlineData("10.1.2.3/8", null, "10.9.9.9", 1, true)]
    [InlineData("10.1.2.3", null, "10.1.2.3", 65535, true)]
    [InlineData("10.1.2.3", null, "10.1.2.4", 1, false)]
    [InlineData("10.1.2.3/32", null, "10.1.2.3", 1, true)]
    [InlineData("0.0.0.0/0", null, "203.0.113.1", 1, true)]
    [InlineData("0.0.0.0/0", null, "2001:db8::1", 1, false)]
    [InlineData("::/0", null, "2001:db8::1", 1, true)]
    [InlineData("::/0", null, "10.0.0.1", 1, false)]
    [InlineData("::/0", null, "::ffff:10.0.0.1", 1, false)]
    [InlineData("::ffff:0:0/96", null, "10.0.0.1", 1, true)]
    [InlineData("::ffff:10.0.0.0/104", null, "10.1.2.3", 1, true)]
    [InlineData("2001:db8::/32", null, "2001:db8:ffff::1", 1, true)]
    [InlineData("2001:db8::/32", null, "2001:db9::1", 1, false)]
    [InlineData("2001:db8::1", null, "2001:db8::1", 1, true)]
    [InlineData("10.0.0.0/8", "game.internal", "10.0.0.1", 1, true)]
    [InlineData("192.168.0.0/23", null, "192.168.1.255", 1, true)]
    [InlineData("192.168.0.0/23", null, "192.168.2.0", 1, false)]

    // Ports.
    [InlineData("10.0.0.0/8:7000", null, "10.0.0.1", 7000, true)]
    [InlineData("10.0.0.0/8:7000", null, "10.0.0.1", 7001, false)]
    [InlineData("10.0.0.0/8:7000-7999", null, "10.0.0.1", 6999, false)]
    [InlineData("10.0.0.0/8:7000-7999", null, "10.0.0.1", 7000, true)]
    [InlineData("10.0.0.0/8:7000-7999", null, "10.0.0.1", 7999, true)]
    [InlineData("10.0.0.0/8:7000-7999", null, "10.0.0.1", 8000, false)]
    [InlineData("10.0.0.1:7000", null, "10.0.0.1", 7000, true)]
    [InlineData("[2001:db8::]/32:7000", null, "2001:db8::9", 7000, true)]
    [InlineData("[2001:db8::]/32:7000", null, "2001:db8::9", 7001, false)]
    [InlineData("[2001:db8::/32]:7000", null, "2001:db8::9", 7000, true)]
    [InlineData("[::1]:80", null, "::1", 80, true)]
    [InlineData("[::1]:80", null, "::1", 81, false)]
    [InlineData("[::1]", null, "::1", 81, true)]
    [InlineData("[2001:db8::]/32", null, "2001:db8::9", 7001, true)]

    // Names: as the key wrote them, whatever case and with or without the last dot.
    [InlineData("game.internal", "game.internal", "203.0.113.1", 1, true)]
    [InlineData("game.internal", "GAME.Internal.", "203.0.113.1", 1, true)]
    [InlineData("game.internal.", "game.internal", "203.0.113.1", 1, true)]
    [InlineData("game.internal", "a.game.internal", "203.0.113.1", 1, false)]
    [InlineData("game.internal", "game.internal.example", "203.0.113.1", 1, false)]
    [InlineData("game.internal", null, "203.0.113.1", 1, false)]
    [InlineData("*.game.internal", "a.game.internal", "203.0.113.1", 1, true)]
    [InlineData("*.game.internal", "a.b.game.internal.", "203.0.113.1", 1, true)]
    [InlineData("*.game.internal", "game.internal", "203.0.113.1", 1, false)]
    [InlineData("*.game.internal", ".game.internal", "203.0.113.1", 1, false)]
    [InlineData("*.game.internal", "agame.internal", "203.0.113.1", 1, false)]
    [InlineData("*.game.internal", "a.game.internal.example", "203.0.113.1", 1, false)]
    [InlineData("*.game.internal:9000", "a.game.internal", "203.0.113.1", 9000, true)]
    [InlineData("*.game.internal:9000", "a.game.internal", "203.0.113.1", 9001, false)]
    [InlineData("localhost:7000-7001", "localhost", "127.0.0.1", 7001, true)]
    public void Matches(string text, string? name, string ip, ushort port, bool matches)
    {
        Assert.True(PolicyRule.TryParse(text, out PolicyRule? rule));
        Assert.Equal(matches, rule.Matches(name, NetworkAddress.From(IPAddress.Parse(ip), port)));
        Assert.Equal(text, rule.ToString());
    }

    [Theory]
    [InlineData("10.0.0.0/8:7000-7999", Protocol.Tcp, true)]
    [InlineData("10.0.0.0/8:7000-7999", Protocol.Kcp, true)]
    [InlineData("kcp://10.0.0.0/8:7000-7999", Protocol.Kcp, true)]
    [InlineData("kcp://10.0.0.0/8:7000-7999", Protocol.Tcp, false)]
    [InlineData("tcp://10.0.0.0/8:7000-7999", Protocol.Tcp, true)]
    [InlineData("tcp://10.0.0.0/8:7000-7999", Protocol.WebSocket, true)]
    [InlineData("tcp://10.0.0.0/8:7000-7999", Protocol.Kcp, false)]
    [InlineData("KCP://10.0.0.1", Protocol.Kcp, true)]
    [InlineData("kcp://*.game.internal:7000", Protocol.Kcp, true)]
    [InlineData("kcp://*.game.internal:7001", Protocol.Kcp, false)]
    [InlineData("tcp://*.game.internal", Protocol.Kcp, false)]
    public void A_rule_may_be_for_one_protocol(string text, Protocol protocol, bool matches)
    {
        Assert.True(PolicyRule.TryParse(text, out PolicyRule? rule));
        Assert.Equal(matches, rule.Matches(protocol, "a.game.internal", NetworkAddress.From(IPAddress.Parse("10.0.0.1"), 7000)));
        Assert.Equal(text, rule.ToString());
    }

    [Theory]
    [InlineData("kcp://[2001:db8::]/32:7000", true)]
    [InlineData("tcp://2001:db8::/32", true)]
    [InlineData("kcp://", false)]
    [InlineData("Kcp://10.0.0.1", false)]
    [InlineData("udp://10.0.0.1", false)]
    [InlineData("ws://10.0.0.1", false)]
    [InlineData("kcp:10.0.0.1", false)]
    [InlineData("kcp://kcp://10.0.0.1", false)]
    [InlineData("kcp:// 10.0.0.1", false)]
    [InlineData("kcp://10.0.0.1/", false)]
    public void A_protocol_is_written_as_in_keys(string text, bool read) => Assert.Equal(read, PolicyRule.TryParse(text, out _));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("*.*")]
    [InlineData("a.*.b")]
    [InlineData("*a.b")]
    [InlineData("*.1.2.3.4")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/8\0")]
    [InlineData("10.0.0.0/8 ")]
    [InlineData(" 10.0.0.0/8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0/8")]
    [InlineData("10/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("10.0.0.1-10.0.0.9")]
    [InlineData("10.0.0.0/8:")]
    [InlineData("10.0.0.0/8:0")]
    [InlineData("10.0.0.0/8:65536")]
    [InlineData("10.0.0.0/8:080")]
    [InlineData("10.0.0.0/8:7999-7000")]
    [InlineData("10.0.0.0/8:7000-")]
    [InlineData("10.0.0.0/8:-7000")]
    [InlineData("10.0.0.0/8:1-2-3")]
    [InlineData("10.0.0.0/8:80\0")]
    [InlineData("10.0.0.0/8:*")]
    [InlineData("10.0.0.0/8:80:81")]
    [InlineData("2001:db8::/129")]
    [InlineData("2001:db8::/32:")]
    [InlineData("[2001:db8::/32")]
    [InlineData("[2001:db8::]/129")]
    [InlineData("[2001:db8::]32")]
    [InlineData("[10.0.0.0]/8")]
    [InlineData("[10.0.0.0/8]:80")]
    [InlineData("[game.internal]:80")]
    [InlineData("[]:80")]
    [InlineData("[::]1:80")]
    [InlineData("[::1/1]28:80")]
    [InlineData("[2001:db8::/3]2")]
    [InlineData("[::1]/128/128")]
    [InlineData("fe80::1%1")]
    [InlineData("-game.internal")]
    [InlineData("game..internal")]
    [InlineData("game.internal/8")]
    [InlineData("b\u00fccher.example")]
    public void Refuses(string? text) => Assert.False(PolicyRule.TryParse(text, out _));

    [Fact]
    public void A_range_contains_what_the_framework_s_own_network_contains() =>
        Gen.Select(Gen.UInt, Gen.Int[0, 32], Gen.UInt, Gen.Int[0, 31]).Sample((network, bits, other, flipped) =>
        {
            uint mask = bits == 0 ? 0 : uint.MaxValue << (32 - bits);
            IPAddress prefix = IPv4(network & mask);
            IPAddress[] addresses = [IPv4(other), IPv4(network ^ (1u << flipped))];
            Assert.True(PolicyRule.TryParse($"{prefix}/{bits}", out PolicyRule? rule));
            var framework = new IPNetwork(prefix, bits);
            Assert.All(addresses, ip => Assert.Equal(framework.Contains(ip), rule.Matches(null, NetworkAddress.From(ip, 1))));
        });

    private static IPAddress IPv4(uint number) => new([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]);
}
