using System.Net;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Limits;

public class AddressSetTests
{
    [Theory]
    [InlineData("9.255.255.255", false)]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("11.0.0.0", false)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("2001:db8:ffff::1", true)]
    [InlineData("2001:db9::", false)]
    [InlineData("::", false)]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    public void An_address_is_in_it_if_it_is_in_one_of_the_ranges(string address, bool isIn) =>
        Assert.Equal(isIn, Of("10.1.0.0/16", "2001:db8::/32", "192.0.2.7", "10.0.0.0/8", "10.1.2.3").Contains(Address(address)));

    [Theory]
    [InlineData("::/0", "8.8.8.8", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "::1", true)]
    [InlineData("::/0", "::ffff:0:0:1", true)]
    [InlineData("::/64", "::ffff:127.0.0.1", false)]
    [InlineData("::ffff:0:0/96", "127.0.0.1", true)]
    [InlineData("::ffff:0:0/95", "127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.0/104", "10.1.2.3", true)]
    [InlineData("0.0.0.0/0", "8.8.8.8", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    public void A_range_of_IPv6_says_nothing_of_IPv4(string range, string address, bool isIn)
    {
        Assert.Equal(isIn, Of(range).Contains(Address(address)));
        Assert.Equal(isIn, AddressRange.Parse(range).Contains(Address(address)));
    }

    [Fact]
    public void It_says_what_asking_each_range_would_say()
    {
        const int Seed = 5;
        var random = new Random(Seed);
        for (int round = 0; round < 200; round++)
        {
            string[] texts = [.. Enumerable.Range(0, random.Next(0, 30)).Select(_ => Range(random))];
            AddressRange[] ranges = [.. texts.Select(text => AddressRange.TryParse(text, out AddressRange range) ? range : throw new FormatException(text))];
            var set = new AddressSet(ranges);
            for (int i = 0; i < 100; i++)
            {
                NetworkAddress address = Address(random.Next(4) == 0
                    ? $"::{random.Next(3):x}:{(random.Next(2) * 0xffff):x}:{random.Next(2)}:{random.Next(2)}"
                    : $"{random.Next(5)}.{random.Next(5)}.{random.Next(2)}.{random.Next(2)}");
                Assert.True(
                    set.Contains(address) == Array.Exists(ranges, range => range.Contains(address)), $"seed {Seed}: {address} in {string.Join(' ', texts)}");
            }
        }
    }

    [Fact]
    public void Deny_wins_and_without_allow_everybody_is_served()
    {
        var everybody = new ClientList(new ClientOptions { Deny = Ranges("192.0.2.0/24") });
        Assert.True(everybody.Serves(Address("198.51.100.1")));
        Assert.False(everybody.Serves(Address("192.0.2.1")));
        var few = new ClientList(new ClientOptions { Allow = Ranges("192.0.0.0/16"), Deny = Ranges("192.0.2.0/24") });
        Assert.True(few.Serves(Address("192.0.3.1")));
        Assert.False(few.Serves(Address("192.0.2.1")));
        Assert.False(few.Serves(Address("198.51.100.1")));
        Assert.False(new ClientList(new ClientOptions { Allow = [] }).Serves(Address("192.0.3.1")));
    }

    private static string Range(Random random) =>
        random.Next(4) == 0 ? $"::/{random.Next(0, 129)}" : $"{random.Next(4)}.{random.Next(4)}.0.0/{random.Next(0, 33)}";

    private static AddressSet Of(params string[] ranges) => new(Ranges(ranges));

    private static AddressRange[] Ranges(params string[] ranges) => [.. ranges.Select(AddressRange.Parse)];

    private static NetworkAddress Address(string text) => NetworkAddress.From(IPAddress.Parse(text), 1);
}
