using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Sluice.Gateway.Routing.Nodes;

/// <summary>The nodes of a registry by name. One source writes; every loop reads, without a lock.</summary>
public sealed class NodeTable
{
    private readonly ConcurrentDictionary<string, Entry> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _malformed = new(StringComparer.Ordinal);
    private readonly Action<string, string>? _onMalformed;
    private readonly Action? _onLoaded;
    private int _load;

    /// <summary>Creates an empty table.</summary>
    public NodeTable()
    {
    }

    internal NodeTable(Action<string, string> onMalformed, Action onLoaded)
    {
        _onMalformed = onMalformed;
        _onLoaded = onLoaded;
    }

    /// <summary>Malformed names that are remembered, so that each is logged once; above it, all are forgotten.</summary>
    private const int MaxMalformed = 10_000;

    /// <summary>Nodes that can be found.</summary>
    public int Count => _nodes.Count;

    /// <summary>Finds a node.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Node? node)
    {
        bool found = _nodes.TryGetValue(name, out Entry entry);
        node = entry.Node;
        return found;
    }

    /// <summary>Adds or changes a node. One whose value cannot be read is as if absent, and named in the log once.</summary>
    /// <param name="name">The node's name: what clients send as their key.</param>
    /// <param name="value">What the registry has for it, as UTF-8: <c>host:port</c>, or JSON.</param>
    public void Set(string name, ReadOnlySpan<byte> value) => Set(name, value, _load);

    /// <summary>Adds or changes a node.</summary>
    public void Set(string name, Node node) => Set(name, node, _load);

    /// <summary>Removes a node, where it is there.</summary>
    public void Remove(string name)
    {
        _malformed.Remove(name);
        _nodes.TryRemove(name, out _);
    }

    /// <summary>Notes that a node is there and cannot be read. It is as if absent, and named in the log once.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="problem">What is wrong with it, for the log: "it has …", "we may not …".</param>
    public void Ignore(string name, string problem)
    {
        _nodes.TryRemove(name, out _);
        if (_malformed.Count >= MaxMalformed)
        {
            _malformed.Clear();
        }

        if (_malformed.Add(name))
        {
            _onMalformed?.Invoke(name, problem);
        }
    }

    /// <summary>Begins to load everything. What is known meanwhile stays; what the load does not name is gone when it completes.</summary>
    public NodeLoad BeginLoad() => new(this, ++_load);

    internal void Set(string name, ReadOnlySpan<byte> value, int load)
    {
        if (NodeValue.TryParse(value, out Node? node, out string? problem))
        {
            Set(name, node, load);
            return;
        }

        Ignore(name, problem);
    }

    internal void Set(string name, Node node, int load)
    {
        _malformed.Remove(name);
        _nodes[name] = new(node, load);
    }

    internal void CompleteLoad(int load)
    {
        foreach ((string name, Entry entry) in _nodes)
        {
            if (entry.Load != load)
            {
                _nodes.TryRemove(name, out _);
            }
        }

        _onLoaded?.Invoke();
    }

    /// <summary>A node, and the load that it was last seen in.</summary>
    private readonly record struct Entry(Node Node, int Load);
}
