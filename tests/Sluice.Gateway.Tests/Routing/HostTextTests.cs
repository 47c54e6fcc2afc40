using System.Net;
using CsCheck;
using Sluice.Gateway.Routing;

namespace Sluice.Gateway.Tests.Routing;

public class HostTextTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("80", 80)]
    [InlineData("65535", 65535)]
    public void Reads_a_port(string text, int port)
    {
        Assert.True(HostText.TryParsePort(text, out int read));
        Assert.Equal(port, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("65536")]
    [InlineData("100000")]
    [InlineData("+1")]
    [InlineData("1 ")]
    [InlineData(" 1")]
    [InlineData("1\0")]
    [InlineData("1\0\0\0\0")]
    [InlineData("\u0661")]
    [InlineData("0x1")]
    public void Refuses_what_is_no_port(string text) => Assert.False(HostText.TryParsePort(text, out _));

    [Theory]
    [InlineData("0", true)]
    [InlineData("8", true)]
    [InlineData("128", true)]
    [InlineData("08", false)]
    [InlineData("00", false)]
    [InlineData("8\0", false)]
    [InlineData("", false)]
    [InlineData("1000", false)]
    [InlineData("-1", false)]
    public void Reads_a_number_of_bits(string text, bool good) => Assert.Equal(good, HostText.TryParseNumber(text, out _));

    [Fact]
    public void Random_dotted_texts_are_IPv4_only_where_written_back_the_same() =>
        Gen.Int[0, 300].Array[1, 5].Select(numbers => string.Join('.', numbers)).Sample(text =>
        {
            bool accepted = HostText.TryParseIPv4(text, out IPAddress? address);
            Assert.Equal(accepted ? text : null, address?.ToString());
            Assert.Equal(text.Split('.') is { Length: 4 } parts && parts.All(part => int.Parse(part) <= 255), accepted);
        });

    [Fact]
    public void Every_IPv6_address_is_read_in_each_of_its_forms() => Gen.Byte.Array[16].Sample(bytes =>
    {
        var ip = new IPAddress(bytes);
        string full = string.Join(':', Enumerable.Range(0, 8).Select(i => $"{bytes[2 * i]:x2}{bytes[(2 * i) + 1]:X2}"));
        string mixed = full[..30] + $"{bytes[12]}.{bytes[13]}.{bytes[14]}.{bytes[15]}";
        foreach (string text in (string[])[ip.ToString(), full, mixed])
        {
            Assert.True(HostText.TryParseIPv6(text, out IPAddress? read), text);
            Assert.Equal(ip, read);
        }
    });
}
