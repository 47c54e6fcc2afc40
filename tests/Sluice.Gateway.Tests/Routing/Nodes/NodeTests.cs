using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Gateway.Tests.Routing.Nodes;

/// <summary>In which order a client gets the addresses of a node, and what the states of one mean.</summary>
public class NodeTests
{
    private static readonly string[] Three = ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"];

    /// <summary>Fixed for ever: gateways of two versions, side by side, must send a key to the same address.</summary>
    [Theory]
    [InlineData("s1", 0)]
    [InlineData("room 17", 1)]
    [InlineData("", 1)]
    [InlineData("r\u00e4ume", 0)]
    public void The_key_alone_decides_which_address_comes_first(string key, int first)
    {
        Resolution resolution = NodeOf(Three).For(key);

        Assert.Equal([Three[first], Three[(first + 1) % 3], Three[(first + 2) % 3]], resolution.Backends.Select(backend => backend.ToString()));
    }

    [Fact]
    public void Keys_spread_over_the_addresses()
    {
        Node node = NodeOf(Three);

        int[] shares = [.. Enumerable.Range(0, 9000).CountBy(key => node.For($"player {key}").Backends[0].ToString()).Select(share => share.Value)];

        Assert.Equal(3, shares.Length);
        Assert.All(shares, share => Assert.InRange(share, 2700, 3300));
    }

    [Fact]
    public void A_node_that_is_draining_or_full_has_no_addresses_to_give()
    {
        Assert.Equal(Resolution.Draining, NodeOf(NodeState.Draining).For("s1"));
        Assert.Equal(Resolution.Busy, NodeOf(NodeState.Full).For("s1"));
    }

    [Fact]
    public void A_node_has_one_to_sixteen_addresses()
    {
        Assert.Equal(16, NodeOf([.. Enumerable.Range(1, 16).Select(port => $"10.0.0.1:{port}")]).Backends.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => NodeOf());
        Assert.Throws<ArgumentOutOfRangeException>(() => NodeOf([.. Enumerable.Range(1, 17).Select(port => $"10.0.0.1:{port}")]));
    }

    private static Node NodeOf(params string[] addresses) => new([.. addresses.Select(Read)]);

    private static Node NodeOf(NodeState state) => new([Read(Three[0])], state);

    private static Backend Read(string text)
    {
        Assert.True(Backend.TryParse(text, out Backend? backend));
        return backend;
    }
}
