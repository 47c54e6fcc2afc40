using System.Text;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Gateway.Tests.Routing.Nodes;

/// <summary>What the gateway knows while a registry is loaded, changes, is lost and is loaded again.</summary>
public class NodeTableTests
{
    private readonly List<string> _malformed = [];
    private readonly NodeTable _nodes;
    private int _loads;

    public NodeTableTests() => _nodes = new NodeTable((name, _) => _malformed.Add(name), () => _loads++);

    [Fact]
    public void A_load_replaces_what_was_known_only_when_it_is_complete()
    {
        Load("a", "b");
        NodeLoad second = _nodes.BeginLoad();
        second.Set("c", "h:3"u8);
        Assert.Equal(["a", "b", "c"], Names("a", "b", "c"));

        second.Set("b", "h:2"u8);
        second.Complete();
        Assert.Equal(["b", "c"], Names("a", "b", "c"));
        Assert.Equal(2, _nodes.Count);
        Assert.Equal(2, _loads);
    }

    [Fact]
    public void A_load_that_is_given_up_loses_nothing()
    {
        Load("a", "b");
        _nodes.BeginLoad().Set("b", "h:9"u8);
        Assert.Equal(["a", "b"], Names("a", "b"));

        Load("b");
        Assert.Equal(["b"], Names("a", "b"));
    }

    [Fact]
    public void A_change_behind_a_load_stays_until_the_next_one()
    {
        Load("a");
        _nodes.Set("b", "h:2"u8);
        _nodes.Remove("a");
        _nodes.Remove("never there");
        Assert.Equal(["b"], Names("a", "b"));

        Load("a");
        Assert.Equal(["a"], Names("a", "b"));
    }

    [Fact]
    public void A_malformed_value_takes_its_node_away_and_is_told_once()
    {
        Load("a", "b");
        _nodes.Set("a", "nonsense"u8);
        _nodes.Set("a", "other nonsense"u8);
        Assert.Equal(["b"], Names("a", "b"));
        Assert.Equal(["a"], _malformed);

        NodeLoad load = _nodes.BeginLoad();
        load.Set("a", "nonsense"u8);
        load.Set("b", "h:1"u8);
        load.Complete();
        Assert.Equal(["a"], _malformed);

        _nodes.Set("a", "h:1"u8);
        Assert.Equal(["a", "b"], Names("a", "b"));
        _nodes.Set("a", "nonsense"u8);
        Assert.Equal(["a", "a"], _malformed);
    }

    [Fact]
    public void Names_differ_by_case_and_are_not_normalised()
    {
        Load("s1", "S1", "\u00e4", "a\u0308");
        Assert.Equal(4, _nodes.Count);
        Assert.False(_nodes.TryGet("s1 ", out _));
        Assert.False(_nodes.TryGet("", out _));
    }

    /// <summary>Every loop reads while one source writes.</summary>
    [Fact]
    public async Task Readers_see_whole_nodes_while_a_source_writes()
    {
        using var stop = new CancellationTokenSource();
        Load("a");
        var reading = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.True(_nodes.TryGet("a", out Node? node));
                Assert.Equal("h", node.Backends[0].Name);
            }
        });
        for (int port = 1; port <= 2000; port++)
        {
            NodeLoad load = _nodes.BeginLoad();
            load.Set("a", Encoding.UTF8.GetBytes($"h:{port}"));
            load.Set($"b{port}", "h:1"u8);
            load.Complete();
        }

        await stop.CancelAsync();
        await reading;
        Assert.Equal(2, _nodes.Count);
    }

    private void Load(params string[] names)
    {
        NodeLoad load = _nodes.BeginLoad();
        foreach (string name in names)
        {
            load.Set(name, "h:1"u8);
        }

        load.Complete();
    }

    private string[] Names(params string[] of) => [.. of.Where(name => _nodes.TryGet(name, out _))];
}
