using System.Net;
using Sluice.Gateway.Limits;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Limits;

public class SessionLimitsTests
{
    [Fact]
    public void One_above_the_limit_does_not_enter_until_another_has_left()
    {
        var count = new SessionLimits(new LimitOptions { MaxConnections = 2 }, loops: 1);
        Assert.True(Enters(count, "192.0.2.1"));
        Assert.True(Enters(count, "192.0.2.1"));
        Assert.False(Enters(count, "192.0.2.2"));
        count.Leave(Of("192.0.2.1"));
        Assert.True(Enters(count, "192.0.2.2"));
        Assert.False(Enters(count, "192.0.2.1"));
    }

    [Fact]
    public void Without_a_limit_all_enter()
    {
        var count = new SessionLimits(new LimitOptions(), loops: 1);
        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.True(Enters(count, "192.0.2.1")));
    }

    [Fact]
    public void Each_client_has_a_limit_of_its_own_and_a_64_is_one_client()
    {
        var count = new SessionLimits(new LimitOptions { MaxConnectionsPerIp = 2 }, loops: 1);
        Assert.True(Enters(count, "192.0.2.1", 1));
        Assert.True(Enters(count, "::ffff:192.0.2.1", 2));
        Assert.False(Enters(count, "192.0.2.1", 3));
        Assert.True(Enters(count, "192.0.2.2"));
        Assert.True(Enters(count, "2001:db8::1"));
        Assert.True(Enters(count, "2001:db8::ffff:0:1"));
        Assert.False(Enters(count, "2001:db8:0:0:7::"));
        Assert.True(Enters(count, "2001:db8:0:1::1"));
        count.Leave(Of("192.0.2.1", 1));
        Assert.True(Enters(count, "192.0.2.1", 4));
        Assert.False(Enters(count, "192.0.2.1", 5));
    }

    [Fact]
    public void A_subnet_is_the_24_or_the_48_whatever_clients_are_in_it()
    {
        var count = new SessionLimits(new LimitOptions { MaxConnectionsPerSubnet = 2, MaxConnectionsPerIp = 1 }, loops: 1);
        Assert.True(Enters(count, "192.0.2.1"));
        Assert.True(Enters(count, "192.0.2.255"));
        Assert.False(Enters(count, "192.0.2.7"));
        Assert.True(Enters(count, "192.0.3.7"));
        Assert.True(Enters(count, "2001:db8:7:1::"));
        Assert.True(Enters(count, "2001:db8:7:ffff::"));
        Assert.False(Enters(count, "2001:db8:7:2::"));
        Assert.True(Enters(count, "2001:db8:8:2::"));

        // Who is refused by one limit takes no place of the other.
        count.Leave(Of("192.0.2.255"));
        Assert.True(Enters(count, "192.0.2.7"));
    }

    [Fact]
    public void A_customer_who_comes_from_all_his_64s_is_held_by_his_48()
    {
        var count = new SessionLimits(new LimitOptions { NewConnectionsPerIpPerSecond = 5, NewConnectionsPerSubnetPerSecond = 20 }, loops: 1);
        Assert.Equal(20, Enumerable.Range(0, 50_000).Count(i => Enters(count, $"2001:db8:7:{i & 0xffff:x}::1")));
        Assert.True(Enters(count, "2001:db8:8::1"));
        Assert.Equal(5, Enumerable.Range(0, 50).Count(_ => Enters(count, "203.0.113.1")));
        Assert.True(count.TryEnter(Of("203.0.113.1"), 200));
        Assert.False(count.TryEnter(Of("203.0.113.1"), 200));
    }

    [Fact]
    public void Who_is_refused_for_the_rate_of_the_subnet_keeps_its_own()
    {
        var count = new SessionLimits(new LimitOptions { NewConnectionsPerIpPerSecond = 5, NewConnectionsPerSubnetPerSecond = 10 }, loops: 1);
        Assert.Equal(10, Enumerable.Range(1, 10).Count(i => Enters(count, $"192.0.2.{i}")));
        Assert.Equal(0, Enumerable.Range(0, 100).Count(_ => Enters(count, "192.0.2.99")));

        // Half a second brings the subnet five places, and the client has its own five still.
        Assert.Equal(5, Enumerable.Range(0, 100).Count(_ => count.TryEnter(Of("192.0.2.99"), 500)));
    }

    [Theory]
    [InlineData(4096, 1, 4096)]
    [InlineData(4096, 3, 1366)]
    [InlineData(1, 8, 1)]
    [InlineData(0, 8, 0)]
    public void The_pending_ones_are_shared_out_and_no_loop_is_left_without(int limit, int loops, int share) =>
        Assert.Equal(share, new SessionLimits(new LimitOptions { MaxPendingHandshakes = limit }, loops).PendingPerLoop);

    private static bool Enters(SessionLimits count, string address, ushort port = 1) => count.TryEnter(Of(address, port), now: 0);

    private static NetworkAddress Of(string address, ushort port = 1) => NetworkAddress.From(IPAddress.Parse(address), port);
}
