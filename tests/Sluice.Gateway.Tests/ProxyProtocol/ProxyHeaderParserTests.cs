using System.Buffers.Binary;
using System.Net;
using System.Text;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.ProxyProtocol;

/// <summary>Headers as the specification has them, and as nobody may send them.</summary>
public class ProxyHeaderParserTests
{
    private static readonly byte[] Behind = [.. "\x0e\0\0\0127.0.0.1:7083PROXY "u8];
    private static readonly byte[] Signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
    private static readonly byte[] IPv4Block = [192, 0, 2, 1, 198, 51, 100, 2, 0xdd, 0xd5, 0x1b, 0xaa];

    private static readonly byte[] IPv6Block =
        [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. IPAddress.Parse("2001:db8::ffff").GetAddressBytes(), 0xdd, 0xd5, 0x1b, 0xaa];

    /// <summary>Header → the client and what it connected to; empty where it names nobody.</summary>
    public static TheoryData<byte[], string> Good => new()
    {
        { Line("PROXY TCP4 192.0.2.1 198.51.100.2 56789 7082"), "192.0.2.1:56789>198.51.100.2:7082" },
        { Line("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0"), "255.255.255.255:65535>0.0.0.0:0" },
        { Line("PROXY TCP6 2001:db8::1 2001:db8::ffff 56789 7082"), "[2001:db8::1]:56789>[2001:db8::ffff]:7082" },
        { Line("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65535"), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535>[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535" },
        { Line("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2"), "192.0.2.1:1>[::1]:2" },
        { Line("PROXY TCP6 2001:db8::1 127.0.0.1 1000 2000"), "[2001:db8::1]:1000>127.0.0.1:2000" },
        { Line("PROXY TCP6 ::ffff:192.0.2.1 198.51.100.2 1 2"), "192.0.2.1:1>198.51.100.2:2" },
        { Line("PROXY TCP6 2001:db8::1 ::ffff:198.51.100.2 1 2"), "[2001:db8::1]:1>198.51.100.2:2" },
        { Line("PROXY TCP4 192.0.2.1 2001:db8::1 1000 2000"), "192.0.2.1:1000>[2001:db8::1]:2000" },
        { Line("PROXY TCP4 192.0.2.1 unix:/run/gate.sock 1000 0"), "192.0.2.1:1000>" },
        { Line("PROXY TCP6 2001:db8::1 unix: 1000 0"), "[2001:db8::1]:1000>" },
        { Line("PROXY UNKNOWN"), "" },
        { Line("PROXY UNKNOWN "), "" },
        { Line("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535"), "" },
        { V2(0x21, 0x11, IPv4Block), "192.0.2.1:56789>198.51.100.2:7082" },
        { V2(0x21, 0x12, IPv4Block), "192.0.2.1:56789>198.51.100.2:7082" },
        { V2(0x21, 0x21, IPv6Block), "[2001:db8::1]:56789>[2001:db8::ffff]:7082" },
        { V2(0x21, 0x22, IPv6Block), "[2001:db8::1]:56789>[2001:db8::ffff]:7082" },
        { V2(0x21, 0x31, new byte[216]), "" },
        { V2(0x21, 0x00, []), "" },
        { V2(0x21, 0x00, [.. Tlv(0x03, [1, 2, 3, 4])]), "" },
        { V2(0x21, 0x00, [4]), "" },
        { V2(0x21, 0x00, IPv4Block), "" },
        { V2(0x21, 0x01, IPv4Block), "" },
        { V2(0x21, 0x10, IPv4Block), "" },
        { V2(0x21, 0x20, []), "" },
        { V2(0x21, 0x30, new byte[216]), "" },
        { V2(0x21, 0x21, [.. IPAddress.Parse("::ffff:192.0.2.1").GetAddressBytes(), .. IPv6Block[16..]]), "192.0.2.1:56789>[2001:db8::ffff]:7082" },
        { V2(0x20, 0x00, []), "" },
        { V2(0x20, 0x11, IPv4Block), "" },
        { V2(0x20, 0xff, [1, 2, 3]), "" },
        { V2(0x21, 0x11, [.. IPv4Block, .. Tlv(0x04, [0, 0, 0]), .. Tlv(0x05, "id-7"u8), .. Tlv(0xea, [])]), "192.0.2.1:56789>198.51.100.2:7082" },
        { WithChecksum(V2(0x21, 0x11, [.. IPv4Block, .. Tlv(0x03, new byte[4]), .. Tlv(0x05, "id-7"u8)])), "192.0.2.1:56789>198.51.100.2:7082" },
        { V2(0x21, 0x11, [.. IPv4Block, .. Tlv(0x04, new byte[(16 * 1024) - 16 - 12 - 3])]), "192.0.2.1:56789>198.51.100.2:7082" },
    };

    public static TheoryData<byte[]> Bad => new()
    {
        Line("PROXY"), Line("PROXY "), Line("proxy TCP4 192.0.2.1 198.51.100.2 1 2"), Line(" PROXY TCP4 192.0.2.1 198.51.100.2 1 2"),
        Line("PROXY TCP4"), Line("PROXY TCP5 192.0.2.1 198.51.100.2 1 2"), Line("PROXY UDP4 192.0.2.1 198.51.100.2 1 2"), Line("PROXY UNKNOWNS"),
        Line("PROXY TCP4 192.0.2.1 198.51.100.2 1"), Line("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3"), Line("PROXY TCP4  192.0.2.1 198.51.100.2 1 2"),
        Line("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 "), Line("PROXY TCP4 192.0.2.1 198.51.100.2 65536 2"), Line("PROXY TCP4 192.0.2.1 198.51.100.2 -1 2"),
        Line("PROXY TCP4 192.0.2.1 198.51.100.2 01 2"), Line("PROXY TCP4 192.0.2.1 198.51.100.2 1 0x2"), Line("PROXY TCP4 192.0.2.1 198.51.100.2 1 \u0662"),
        Line("PROXY TCP4 192.0.2.01 198.51.100.2 1 2"), Line("PROXY TCP4 192.0.2 198.51.100.2 1 2"), Line("PROXY TCP4 256.0.2.1 198.51.100.2 1 2"),
        Line("PROXY TCP4 ::1 ::1 1 2"), Line("PROXY TCP6 192.0.2.1 ::1 1 2"), Line("PROXY TCP6 fe80::1%eth0 ::1 1 2"), Line("PROXY TCP6 [::1] ::1 1 2"),
        Line("PROXY TCP4 192.0.2.1 198.51.100 1 2"), Line("PROXY TCP4 192.0.2.1 gate.test 1 2"), Line("PROXY TCP4 192.0.2.1 unix 1 2"),
        Line("PROXY TCP4 unix:/run/a.sock 192.0.2.1 1 2"), Line("PROXY TCP4 192.0.2.1 unix:/run/a.sock 1 x"), Line("PROXY TCP4 2001:db8::1 192.0.2.1 1 2"),
        Line("PROXY TCP6 ::1\0 ::1 1 2"), Line("PROXY TCP4 192.0.2.1 198.51.100.2 1 2\rX"),
        Encoding.ASCII.GetBytes("PROXY TCP4 192.0.2.1 198.51.100.2 1 2\rX"), Encoding.ASCII.GetBytes("PROXY " + new string('x', 102)),
        Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 93)),
        Line("PROXY UNKNOWN " + new string('x', 92)),
        V2(0x11, 0x11, IPv4Block), V2(0x22, 0x11, IPv4Block), V2(0x01, 0x11, IPv4Block), V2(0x2f, 0x11, IPv4Block),
        V2(0x21, 0x13, IPv4Block), V2(0x21, 0x03, IPv4Block), V2(0x21, 0x41, IPv4Block), V2(0x21, 0x40, IPv4Block),
        V2(0x21, 0x11, []), V2(0x21, 0x11, IPv4Block[..11]), V2(0x21, 0x21, IPv6Block[..35]), V2(0x21, 0x31, new byte[215]),
        V2(0x21, 0x11, [.. IPv4Block, 0x04]), V2(0x21, 0x11, [.. IPv4Block, 0x04, 0, 1]), V2(0x21, 0x11, [.. IPv4Block, 0x04, 0xff, 0xff, 0]),
        V2(0x21, 0x11, [.. IPv4Block, .. Tlv(0x05, "ab"u8), 0, 0]),
        V2(0x21, 0x11, [.. IPv4Block, .. Tlv(0x03, [1, 2, 3, 4])]), V2(0x21, 0x11, [.. IPv4Block, .. Tlv(0x03, [1, 2])]),
        V2(0x21, 0x11, [.. IPv4Block, .. Tlv(0x04, new byte[(16 * 1024) - 16 - 12 - 2])]),
        (byte[])[.. Signature, 0x21, 0x11, 0xff, 0xff],
        (byte[])[.. "\r\n\r\n\0\r\nQUIX"u8], (byte[])[.. "\r\nGET"u8], (byte[])[.. "GET / HTTP/1.1\r\n"u8], (byte[])[0x0e, 0, 0, 0], (byte[])[0x16, 0x03, 0x01],
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void A_header_is_read_and_not_a_byte_of_what_is_behind_it(byte[] header, string expected)
    {
        var parser = default(ProxyHeaderParser);
        Assert.Equal(ProxyHeaderStatus.Complete, parser.Feed([.. header, .. Behind], out int consumed, out ProxyHeader read));
        Assert.Equal(header.Length, consumed);
        Assert.Equal(expected, Text(read));
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void It_makes_no_difference_where_a_header_is_split(byte[] header, string expected)
    {
        byte[] all = [.. header, .. Behind];
        for (int split = 1; split < header.Length; split++)
        {
            var parser = default(ProxyHeaderParser);
            Assert.Equal(ProxyHeaderStatus.Incomplete, parser.Feed(all.AsSpan(0, split), out int first, out _));
            Assert.Equal(split, first);
            Assert.Equal(ProxyHeaderStatus.Complete, parser.Feed(all.AsSpan(split), out int second, out ProxyHeader read));
            Assert.Equal(header.Length, first + second);
            Assert.Equal(expected, Text(read));
        }
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void A_header_may_come_byte_by_byte(byte[] header, string expected)
    {
        var parser = default(ProxyHeaderParser);
        for (int i = 0; i < header.Length - 1; i++)
        {
            Assert.Equal(ProxyHeaderStatus.Incomplete, parser.Feed(header.AsSpan(i, 1), out int consumed, out _));
            Assert.Equal(1, consumed);
        }

        Assert.Equal(ProxyHeaderStatus.Complete, parser.Feed(header.AsSpan(header.Length - 1), out _, out ProxyHeader read));
        Assert.Equal(expected, Text(read));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_is_no_header_is_refused_whole_or_byte_by_byte(byte[] bytes)
    {
        var whole = default(ProxyHeaderParser);
        Assert.Equal(ProxyHeaderStatus.Invalid, whole.Feed(bytes, out _, out _));
        var parser = default(ProxyHeaderParser);
        ProxyHeaderStatus status = ProxyHeaderStatus.Incomplete;
        for (int i = 0; i < bytes.Length && status == ProxyHeaderStatus.Incomplete; i++)
        {
            status = parser.Feed(bytes.AsSpan(i, 1), out _, out _);
        }

        Assert.Equal(ProxyHeaderStatus.Invalid, status);
    }

    [Fact]
    public void Random_bytes_behind_a_good_beginning_end_in_an_answer_within_the_bound()
    {
        const int Seed = 20_261_122;
        var random = new Random(Seed);
        for (int round = 0; round < 5000; round++)
        {
            byte[] bytes = new byte[20_000];
            random.NextBytes(bytes);
            byte[] beginning = random.Next(3) switch { 0 => Signature, 1 => [.. Signature, 0x21, 0x11, (byte)random.Next(16)], _ => [.. "PROXY TCP4 "u8] };
            beginning.CopyTo(bytes, 0);
            var parser = default(ProxyHeaderParser);
            ProxyHeaderStatus status = ProxyHeaderStatus.Incomplete;
            for (int at = 0; at < bytes.Length && status == ProxyHeaderStatus.Incomplete;)
            {
                int count = Math.Min(bytes.Length - at, random.Next(1, 300));
                status = parser.Feed(bytes.AsSpan(at, count), out int consumed, out _);
                Assert.InRange(consumed, 0, count);
                at += count;
            }

            Assert.True(status != ProxyHeaderStatus.Incomplete, $"seed {Seed}, round {round}");
        }
    }

    [Theory]
    [InlineData("192.0.2.1:1", "198.51.100.2:7082", "PROXY TCP4 192.0.2.1 198.51.100.2 1 7082\r\n")]
    [InlineData("[2001:db8::1]:1", "[2001:db8::2]:2", "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n")]
    [InlineData("[2001:db8::1]:1", "198.51.100.2:2", "PROXY TCP6 2001:db8::1 ::ffff:198.51.100.2 1 2\r\n")]
    [InlineData("192.0.2.1:1", "[::1]:2", "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n")]
    [InlineData("[fe80::1%7]:1", "[fe80::2%7]:2", "PROXY TCP6 fe80::1 fe80::2 1 2\r\n")]
    public void Version_1_is_written_as_a_line_of_one_family(string source, string destination, string line)
    {
        byte[] bytes = new Introduction(ProxyProtocolVersion.V1).Write(1, Protocol.Kcp, Of(source), Of(destination), "node");
        Assert.Equal(line, Encoding.ASCII.GetString(bytes));
        Assert.InRange(bytes.Length, 1, 107);
    }

    [Theory]
    [InlineData("192.0.2.1:1", "198.51.100.2:7082", 0x11)]
    [InlineData("[2001:db8::1]:1", "198.51.100.2:7082", 0x21)]
    public void Version_2_says_who_which_session_which_backend_and_that_it_is_kcp(string source, string destination, byte pair)
    {
        var introduction = new Introduction(ProxyProtocolVersion.V2);
        byte[] bytes = introduction.Write(4711, Protocol.Kcp, Of(source), Of(destination), "match-7");
        Assert.Equal([.. Signature, 0x21, pair], bytes[..14]);
        int start = pair == 0x11 ? 28 : 52;
        Dictionary<byte, string> values = Values(bytes.AsSpan(start));
        Assert.Matches("^[0-9a-f]{16}-4711$", values[0x05]);
        Assert.Equal("match-7", values[0x02]);
        Assert.Equal("kcp", values[0xe0]);
        var parser = default(ProxyHeaderParser);
        Assert.Equal(ProxyHeaderStatus.Complete, parser.Feed(bytes, out int consumed, out ProxyHeader read));
        Assert.Equal(bytes.Length, consumed);
        Assert.Equal((Of(source), Of(destination)), (read.Source, read.Destination!.Value));
        Assert.NotEqual(introduction.Write(4711, Protocol.Tcp, Of(source), Of(destination), null), new Introduction(ProxyProtocolVersion.V2).Write(4711, Protocol.Tcp, Of(source), Of(destination), null));
        Assert.Equal([(byte)0x05], Values(introduction.Write(1, Protocol.Tcp, Of(source), Of(destination), new string('n', 256)).AsSpan(start)).Keys);
    }

    private static Dictionary<byte, string> Values(ReadOnlySpan<byte> bytes)
    {
        Dictionary<byte, string> values = [];
        while (!bytes.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
            values.Add(bytes[0], Encoding.UTF8.GetString(bytes.Slice(3, length)));
            bytes = bytes[(3 + length)..];
        }

        return values;
    }

    private static NetworkAddress Of(string text) => NetworkAddress.From(IPEndPoint.Parse(text));

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\r\n");

    private static byte[] Tlv(byte type, ReadOnlySpan<byte> value) => [type, (byte)(value.Length >> 8), (byte)value.Length, .. value];

    private static byte[] V2(byte command, byte pair, byte[] rest) =>
        [.. Signature, command, pair, (byte)(rest.Length >> 8), (byte)rest.Length, .. rest];

    /// <summary>CRC-32C bit by bit (RFC 3720 appendix B.4), into the four zeros behind the first value's header.</summary>
    private static byte[] WithChecksum(byte[] header)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in header)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(16 + 12 + 3), ~crc);
        return header;
    }

    private static string Text(in ProxyHeader header) => header.HasAddresses ? $"{header.Source}>{header.Destination}" : "";
}
