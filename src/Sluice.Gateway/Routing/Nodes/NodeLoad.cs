namespace Sluice.Gateway.Routing.Nodes;

/// <summary>One complete reading of a registry, in as many pieces as the source likes. If it is given up, nothing is lost.</summary>
public sealed class NodeLoad
{
    private readonly NodeTable _table;
    private readonly int _number;

    internal NodeLoad(NodeTable table, int number)
    {
        _table = table;
        _number = number;
    }

    /// <summary>Adds or changes a node, as <see cref="NodeTable.Set(string, ReadOnlySpan{byte})"/> does.</summary>
    public void Set(string name, ReadOnlySpan<byte> value) => _table.Set(name, value, _number);

    /// <summary>Adds or changes a node.</summary>
    public void Set(string name, Node node) => _table.Set(name, node, _number);

    /// <summary>Everything was read: nodes that were not named are removed, and the registry counts as reached.</summary>
    public void Complete() => _table.CompleteLoad(_number);
}
