using System.Net;
using System.Text;
using Sluice.Gateway.Routing;

namespace Sluice.Fuzz;

/// <summary>host:port as clients write it: what is accepted has one meaning, here and for the system.</summary>
internal sealed class BackendTarget : FuzzTarget
{
    public override string Name => "backend";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            "127.0.0.1:7083", "255.255.255.255:65535", "[::1]:1", "[::ffff:192.0.2.1]:80", "[2001:db8:0:0:1::1]:443", "[fe80::1%1]:80",
            "game.internal:9000", "a-b.c_d.example.:10", "xn--bcher-kva.example:443", "0177.0.0.1:80", "0x7f.1:80", "127.1:80",
            "2130706433:80", "127.0.0.1\0:80", "127.0.0.1:80\0", " 127.0.0.1:80", "127.0.0.1:080", "::1:80", "[::1]", "\uff11.2.3.4:80",
            "tcp://127.0.0.1:80", "KCP://[::1]:7000", "kcp://game.internal:9000", "Tcp://a:1", "kcp://kcp://a:1",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (!Backend.TryParse(text, out Backend? backend))
        {
            return;
        }

        Require(backend.Port is >= 1 and <= 65535, "a port is 1 to 65535");
        Require(text.All(c => c is > ' ' and <= '~'), "nothing but visible ASCII is accepted");
        Require(text.EndsWith($":{backend.Port}", StringComparison.Ordinal), "the port is what is written");
        bool named = text.Contains("//", StringComparison.Ordinal);
        Require(named == (backend.Protocol != BackendProtocol.AsClient), "the protocol is what stands in front");
        string host = text[(named ? "tcp://".Length : 0)..text.LastIndexOf(':')];
        if (backend.Name is null)
        {
            Require(backend.Address.Port == backend.Port, "one port");
            IPAddress system = IPAddress.Parse(host);
            Require(
                backend.Address.ToIPAddress().Equals(system.IsIPv4MappedToIPv6 ? system.MapToIPv4() : system),
                "the system reads the same address");
        }
        else
        {
            Require(backend.Name == host && host.Length <= 254, "a name is what is written");
            Require(!IPAddress.TryParse(host.TrimEnd('.'), out _), "what the system takes for an address is no name");
        }

        Require(
            Backend.TryParse(backend.ToString(), out Backend? again)
                && again.Name == backend.Name
                && again.Port == backend.Port
                && again.Address == backend.Address
                && again.Protocol == backend.Protocol,
            "it can be read again");
    }
}
