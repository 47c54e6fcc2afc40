using System.Net;
using System.Net.Sockets;
using CsCheck;

namespace Sluice.Transport.Tests;

public class NetworkAddressTests
{
    private static readonly Gen<IPAddress> IPv4 = Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes));

    private static readonly Gen<IPAddress> IPv6 = Gen.Byte.Array[16].Where(bytes => bytes[0] != 0).Select(bytes => new IPAddress(bytes));

    [Fact]
    public void IPv4_comes_back_as_it_went_in() =>
        Gen.Select(IPv4, Gen.UShort).Sample((ip, port) => ComesBack(new IPEndPoint(ip, port)));

    [Fact]
    public void IPv6_comes_back_as_it_went_in() =>
        Gen.Select(IPv6, Gen.UShort).Sample((ip, port) => ComesBack(new IPEndPoint(ip, port)));

    [Fact]
    public void The_mapped_form_is_the_IPv4_address() => Gen.Select(IPv4, Gen.UShort).Sample((ip, port) =>
    {
        NetworkAddress plain = NetworkAddress.From(ip, port);
        NetworkAddress mapped = NetworkAddress.From(ip.MapToIPv6(), port);
        Assert.Equal(plain, mapped);
        Assert.Equal(plain.GetHashCode(), mapped.GetHashCode());
        Assert.Equal(ip, mapped.ToIPAddress());
        Assert.Equal(plain, NetworkAddress.FromBytes(ip.MapToIPv6().GetAddressBytes(), port, scopeId: 0));
    });

    [Fact]
    public void A_zone_does_not_make_another_client_of_a_mapped_address() => Assert.Equal(
        NetworkAddress.FromBytes([192, 0, 2, 1], 80),
        NetworkAddress.FromBytes(IPAddress.Parse("::ffff:192.0.2.1").GetAddressBytes(), 80, scopeId: 2));

    [Fact]
    public void Addresses_are_equal_if_the_framework_says_so() =>
        Gen.Select(Gen.OneOf(IPv4, IPv6), Gen.OneOf(IPv4, IPv6), Gen.UShort, Gen.UShort).Sample((a, b, p, q) => Assert.Equal(
            new IPEndPoint(a, p).Equals(new IPEndPoint(b, q)), NetworkAddress.From(a, p) == NetworkAddress.From(b, q)));

    [Theory]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::192.0.2.1", false)]
    [InlineData("::ffff:0.0.0.0", true)]
    [InlineData("::fffe:192.0.2.1", false)]
    [InlineData("64:ff9b::192.0.2.1", false)]
    [InlineData("1::ffff:192.0.2.1", false)]
    public void Only_the_mapped_prefix_is_IPv4(string text, bool isIPv4) =>
        Assert.Equal(isIPv4, NetworkAddress.From(IPAddress.Parse(text), 1).IsIPv4);

    [Fact]
    public void The_zone_is_part_of_an_IPv6_address()
    {
        NetworkAddress one = NetworkAddress.From(IPAddress.Parse("fe80::1%1"), 80);
        Assert.NotEqual(one, NetworkAddress.From(IPAddress.Parse("fe80::1%2"), 80));
        Assert.Equal(1, one.ToIPAddress().ScopeId);
    }

    [Theory]
    [InlineData("192.0.2.1", 7082, "192.0.2.1:7082")]
    [InlineData("::ffff:192.0.2.1", 1, "192.0.2.1:1")]
    [InlineData("2001:db8::1", 65535, "[2001:db8::1]:65535")]
    public void Reads_as_people_write_it(string ip, ushort port, string text) =>
        Assert.Equal(text, NetworkAddress.From(IPAddress.Parse(ip), port).ToString());

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(17)]
    public void Other_lengths_are_rejected(int length) =>
        Assert.Throws<ArgumentException>(() => NetworkAddress.FromBytes(new byte[length], 1));

    private static void ComesBack(IPEndPoint endPoint)
    {
        NetworkAddress address = NetworkAddress.From(endPoint);
        Assert.Equal(endPoint, address.ToIPEndPoint());
        Assert.Equal(endPoint.Port, address.Port);
        Assert.Equal(endPoint.AddressFamily == AddressFamily.InterNetwork, address.IsIPv4);
        Span<byte> bytes = stackalloc byte[16];
        address.WriteIPv6(bytes);
        Assert.Equal(endPoint.Address.MapToIPv6().GetAddressBytes(), bytes.ToArray());
        Assert.Equal(address, NetworkAddress.FromBytes(bytes, address.Port));
        Assert.Equal(address, NetworkAddress.FromBytes(endPoint.Address.GetAddressBytes(), address.Port));
        Assert.Equal(endPoint.ToString(), address.ToString());
    }
}
