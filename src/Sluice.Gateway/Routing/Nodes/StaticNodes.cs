namespace Sluice.Gateway.Routing.Nodes;

/// <summary>The registry that stands in the configuration: <c>[static.nodes]</c>.</summary>
/// <param name="table">Nodes by name.</param>
public sealed class StaticNodes(IReadOnlyDictionary<string, Node> table) : INodeSource
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "static";

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public string Description => "the static nodes";

    /// <inheritdoc/>
    public Task WatchAsync(NodeTable nodes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        NodeLoad load = nodes.BeginLoad();
        foreach ((string name, Node node) in table)
        {
            load.Set(name, node);
        }

        load.Complete();
        return Task.Delay(Timeout.Infinite, cancellation);
    }
}
