using System.Net;
using CsCheck;
using Sluice.Gateway.Routing;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Routing;

/// <summary>host:port in every form that has fooled a parser: one text has one meaning, or none.</summary>
public class BackendTests
{
    private static readonly string Label63 = new('a', 63);
    private static readonly string Name253 = $"{Label63}.{Label63}.{Label63}.{new string('b', 61)}";

    private static readonly string[] Pieces =
        ["127.0.0.1", "::1", "[::1]", "a.b", ":", ".", "0", "80", "[", "]", "%", "0x", "\0", " ", "-", "::", "ffff:", "1.2.3.4", "\u00fc", "tcp://", "KCP://", "//"];

    public static TheoryData<string, string> Addresses => new()
    {
        { "127.0.0.1:80", "127.0.0.1" },
        { "0.0.0.0:1", "0.0.0.0" },
        { "255.255.255.255:65535", "255.255.255.255" },
        { "10.20.30.40:7082", "10.20.30.40" },
        { "[::1]:80", "::1" },
        { "[::]:80", "::" },
        { "[2001:db8::1]:7082", "2001:db8::1" },
        { "[2001:DB8::A]:7082", "2001:db8::a" },
        { "[2001:0db8:0000:0000:0000:0000:0000:0001]:1", "2001:db8::1" },
        { "[1:2:3:4:5:6:7:8]:1", "1:2:3:4:5:6:7:8" },
        { "[1:2:3:4:5:6:1.2.3.4]:1", "1:2:3:4:5:6:102:304" },
        { "[1::]:1", "1::" },
        { "[::ffff:192.0.2.1]:80", "192.0.2.1" },
        { "[::ffff:c000:201]:80", "192.0.2.1" },
        { "[64:ff9b::192.0.2.1]:80", "64:ff9b::c000:201" },
        { "[fe80::1]:80", "fe80::1" },
    };

    public static TheoryData<string> Names =>
    [
        "localhost:80", "a:1", "a.b:1", "A.Example:1", "a-b.c--d.e:1", "_srv._tcp.example:1", "a_b:1", "xn--bcher-kva.example:443", "example.com.:80",
        "3com.com:80", "1a:80", "a1:80", "1.2.3.a:80", "deadbeef:80", "0x7g:80", "1-2:80", "123.example:80", "1e5:80", "x0x1:80", $"{Label63}:80",
        $"{Name253}:80", $"{Name253}.:80",
    ];

    public static TheoryData<string> Hostile =>
    [
        // Not host:port at all.
        "", ":", ":7090", "127.0.0.1", "127.0.0.1:", "localhost", "localhost:", ":80:80", "127.0.0.1:80:80", "127.0.0.1:80/",
        "127.0.0.1/8:80", "user@localhost:80", "127.0.0.1:80#", "127.0.0.1,127.0.0.2:80", "127.0.0.1;80", "\"127.0.0.1\":80", "*:80", "-:80",

        // What stands in front.
        "Tcp://127.0.0.1:80", "kCP://127.0.0.1:80", "kcP://127.0.0.1:80", "tcp:/127.0.0.1:80", "tcp:127.0.0.1:80", "tcp//127.0.0.1:80", "tcp:///127.0.0.1:80",
        "tcp:\\\\127.0.0.1:80", "tcp:// 127.0.0.1:80", " tcp://127.0.0.1:80", "tcp ://127.0.0.1:80", "tcp://", "kcp://", "tcp://:80", "tcp://127.0.0.1",
        "kcp://127.0.0.1:0", "kcp://127.1:80", "tcp://tcp://127.0.0.1:80", "kcp://tcp://127.0.0.1:80", "udp://127.0.0.1:80", "http://127.0.0.1:80",
        "ws://127.0.0.1:80", "tcp4://127.0.0.1:80", "://127.0.0.1:80", "//127.0.0.1:80", "kcp://user@localhost:80", "kcp://localhost:80/", "kcp://\0localhost:80",
        "\uff4bcp://localhost:80", "\u212acp://localhost:80", "kcp:\u2044\u2044localhost:80",

        // Ports.
        "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:99999", "127.0.0.1:4294967376", "127.0.0.1:99999999999999999999", "127.0.0.1:+80",
        "127.0.0.1:-80", "127.0.0.1:080", "127.0.0.1:00080", "127.0.0.1: 80", "127.0.0.1:80 ", "127.0.0.1:8 0", "127.0.0.1:0x50", "127.0.0.1:8e1",
        "127.0.0.1:80.", "127.0.0.1:8_0", "127.0.0.1:8,0", "127.0.0.1:http", "127.0.0.1:\uff18\uff10", "127.0.0.1:\u0668\u0660", "127.0.0.1:80\0",
        "127.0.0.1:8\0\0", "127.0.0.1:80\n", "127.0.0.1:80\r\n", "127.0.0.1:80\t", "127.0.0.1:\0",

        // IPv4 as inet_aton takes it, and nearly IPv4.
        "0177.0.0.1:80", "127.0.0.01:80", "127.0.0.001:80", "00.0.0.0:80", "0x7f.0.0.1:80", "0x7f000001:80", "0X7F000001:80", "2130706433:80", "127.1:80",
        "127.0.1:80", "127:80", "0:80", "0x:80", "017700000001:80", "1.2.3.0x4:80", "1.2.3.4.:80", "1.2.3.4..:80", "1.2.3.4.5:80", "1.2.3:80", "1..2.3:80",
        ".1.2.3.4:80", "1.2.3.:80", "256.0.0.1:80", "1.2.3.256:80", "1.2.3.999:80", "1.2.3.4294967297:80", "1.2.3.+4:80", "1.2.3.-4:80", "-1.2.3.4:80",
        "1.2.3.1e1:80 ", "1.2.3. 4:80", " 1.2.3.4:80", "1.2.3.4 :80", "\t1.2.3.4:80", "1.2.3.4\0:80", "\01.2.3.4:80", "1.2\0.3.4:80", "1.2.3.4\n:80",
        "1.2.3.4\r\n:80", "1\u30022.3.4:80", "\uff11.2.3.4:80", "\u0661.2.3.4:80", "\u2460.2.3.4:80", "1.2.3.4%1:80", "example.1:80", "example.0x1:80",

        // IPv6.
        "::1:80", "::1", "[::1]", "[::1]:", "[::1]80", "[::1]]:80", "[[::1]]:80", "[::1:80", "::1]:80", "[]:80", "[:]:80", "[:::]:80", "[::1::]:80",
        "[1::2::3]:80", "[12345::]:80", "[::00001]:80", "[1:2:3:4:5:6:7]:80", "[1:2:3:4:5:6:7:8:9]:80", "[1:2:3:4:5:6:7:]:80", "[:1:2:3:4:5:6:7:8]:80",
        "[::g]:80", "[::1 ]:80", "[ ::1]:80", "[::1\0]:80", "[::1]\0:80", "[::1]a:80", "a[::1]:80", "[fe80::1%1]:80", "[fe80::1%eth0]:80", "[fe80::1%25eth0]:80",
        "[::1/64]:80", "[127.0.0.1]:80", "[localhost]:80", "[v1.a]:80", "[::ffff:1.2.3.04]:80", "[::ffff:1.2.3]:80", "[::ffff:1.2.3.256]:80",
        "[::ffff:0x1.2.3.4]:80", "[::1.2.3.4:5]:80", "[1.2.3.4::]:80", "[::1.2.3.4.]:80", "[\uff1a\uff1a1]:80", "[::1]:080", "[::1]:0",

        // Names.
        ".:80", "..:80", ".a:80", "a..b:80", "a.b..:80", "-a:80", "a-:80", "a.-b:80", "a.b-:80", "a b:80", "a\0b:80", "a\nb:80", "a\r\nb:80", "a/b:80", "a\\b:80",
        "a@b:80", "a%41:80", "a+b:80", "b\u00fccher.example:80", "\u0440\u0430.example:80", "a\u200bb:80", "a\u3002b:80", "\ufeffa:80", "a\u0000:80", "\u007f:80",
        "example.com.\n:80", "host name.example:80", $"{Label63}a:80", $"{Name253}b:80", $"{Name253}.b:80",
    ];

    [Theory]
    [MemberData(nameof(Addresses))]
    public void Reads_an_address(string text, string ip)
    {
        Assert.True(Backend.TryParse(text, out Backend? backend));
        Assert.Null(backend.Name);
        Assert.Equal(NetworkAddress.From(IPAddress.Parse(ip), (ushort)backend.Port), backend.Address);
        Assert.EndsWith($":{backend.Port}", text, StringComparison.Ordinal);
        RoundTrips(backend);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Reads_a_name(string text)
    {
        Assert.True(Backend.TryParse(text, out Backend? backend));
        Assert.Equal(text, $"{backend.Name}:{backend.Port}");
        RoundTrips(backend);
    }

    [Theory]
    [InlineData("127.0.0.1:80", BackendProtocol.AsClient, "127.0.0.1:80")]
    [InlineData("tcp://127.0.0.1:80", BackendProtocol.Tcp, "tcp://127.0.0.1:80")]
    [InlineData("TCP://127.0.0.1:80", BackendProtocol.Tcp, "tcp://127.0.0.1:80")]
    [InlineData("kcp://[::1]:80", BackendProtocol.Kcp, "kcp://[::1]:80")]
    [InlineData("KCP://Game.Internal.:80", BackendProtocol.Kcp, "kcp://Game.Internal.:80")]
    [InlineData("tcp:80", BackendProtocol.AsClient, "tcp:80")]
    [InlineData("kcp.internal:80", BackendProtocol.AsClient, "kcp.internal:80")]
    public void Reads_the_protocol_in_front(string text, BackendProtocol protocol, string written)
    {
        Assert.True(Backend.TryParse(text, out Backend? backend));
        Assert.Equal((protocol, written), (backend.Protocol, backend.ToString()));
        Assert.Equal(80, backend.Port);
        RoundTrips(backend);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Refuses_what_could_mean_something_else(string text) => Assert.False(Backend.TryParse(text, out _), text);

    [Fact]
    public void The_table_is_long_enough_and_null_is_no_backend()
    {
        Assert.True(Hostile.Count + Names.Count + Addresses.Count > 80);
        Assert.False(Backend.TryParse(null, out _));
    }

    [Fact]
    public void A_huge_text_is_refused_without_reading_it_as_a_number() =>
        Assert.All(
            (string[])[new string('1', 60_000) + ":80", "a:" + new string('1', 60_000), string.Concat(Enumerable.Repeat("1.", 30_000)) + "1:80", new string(':', 60_000)],
            text => Assert.False(Backend.TryParse(text, out _)));

    [Fact]
    public void No_text_throws_and_what_is_accepted_means_what_the_system_reads()
    {
        Gen<string> piece = Gen.OneOf(
            Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]),
            Gen.Int[0, 70_000].Select(number => number.ToString()),
            Gen.String[0, 3]);
        piece.Array[0, 8].Select(string.Concat).Sample(
            text =>
            {
                if (!Backend.TryParse(text, out Backend? backend))
                {
                    return;
                }

                string host = text[(backend.Protocol == BackendProtocol.AsClient ? 0 : "tcp://".Length)..text.LastIndexOf(':')];
                if (backend.Name is null)
                {
                    IPAddress system = IPAddress.Parse(host);
                    Assert.Equal(system.IsIPv4MappedToIPv6 ? system.MapToIPv4() : system, backend.Address.ToIPAddress());
                }
                else
                {
                    Assert.Equal(host, backend.Name);
                    Assert.False(IPAddress.TryParse(host.TrimEnd('.'), out _));
                }

                RoundTrips(backend);
            },
            iter: 100_000);
    }

    [Fact]
    public void Every_IPv4_address_is_read_as_the_system_reads_it() =>
        Gen.Select(Gen.UInt, Gen.Int[1, 65535]).Sample((number, port) =>
        {
            var ip = new IPAddress(number);
            Assert.True(Backend.TryParse($"{ip}:{port}", out Backend? backend));
            Assert.Equal(NetworkAddress.From(ip, (ushort)port), backend.Address);
        });

    [Fact]
    public void A_backend_without_a_port_cannot_be_made() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Backend(new IPEndPoint(IPAddress.Loopback, 0)));

    private static void RoundTrips(Backend backend)
    {
        Assert.InRange(backend.Port, 1, 65535);
        Assert.True(Backend.TryParse(backend.ToString(), out Backend? again), backend.ToString());
        Assert.Equal((backend.Name, backend.Address, backend.Port, backend.Protocol), (again.Name, again.Address, again.Port, again.Protocol));
    }
}
