using System.Net;
using System.Text;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Fuzz;

/// <summary>A rule of [policy]: whatever it says, some addresses are never dialled, and a denied one is never allowed.</summary>
internal sealed class PolicyTarget : FuzzTarget
{
    private static readonly NetworkAddress[] Never =
    [
        Address("169.254.169.254"), Address("::ffff:169.254.169.254"), Address("64:ff9b::169.254.169.254"), Address("2002:a9fe:a9fe::"),
        Address("fd00:c1::a9fe:a9fe"), Address("fe80::1"), Address("224.0.0.1"), Address("ff02::1"), Address("0.0.0.0"), Address("::"),
    ];

    private static readonly NetworkAddress[] Some = [
        Address("127.0.0.1"), Address("10.1.2.3"), Address("192.0.2.1"), Address("::1"), Address("2001:db8::1"),
    ];

    public override string Name => "policy";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            "127.0.0.0/8", "10.0.0.0/8:7000-7999", "0.0.0.0/0", "::/0", "[2001:db8::]/32:7000", "[::1]:80", "[2001:db8::/32]:1-65535",
            "2001:db8::/32",
            "game.internal", "*.game.internal:9000", "*.:1", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/8:0", "10.0.0.0/8:2-1", "[::]1:80",
            "[::1/1]28:80",
            "kcp://10.0.0.0/8:7000-7999", "tcp://*.game.internal", "KCP://[2001:db8::]/32:7000", "kcp://", "udp://10.0.0.0/8",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (!PolicyRule.TryParse(text, out PolicyRule? rule))
        {
            return;
        }

        Require(rule.ToString() == text, "a rule is told as it was written");
        Require(text.All(c => c is > ' ' and <= '~'), "nothing but visible ASCII is accepted");
        var allow = new BackendPolicy([rule], [], new OwnListeners());
        var deny = new BackendPolicy([rule], [rule], new OwnListeners());
        Require(
            !Never.Any(address => allow.Check(Protocol.Tcp, "game.internal", address).Allowed), "what is never dialled is never allowed");
        foreach (NetworkAddress address in Some)
        {
            Require(
                allow.Check(Protocol.Tcp, "game.internal", address).Allowed == rule.Matches(Protocol.Tcp, "game.internal", address),
                "a rule alone decides what it matches");
            Require(
                allow.Check(Protocol.Kcp, "game.internal", address).Allowed == rule.Matches(Protocol.Kcp, "game.internal", address),
                "also for KCP");
            Require(!deny.Check(Protocol.Tcp, "game.internal", address).Allowed, "deny wins");
        }
    }

    private static NetworkAddress Address(string text) => NetworkAddress.From(IPAddress.Parse(text), 7000);
}
