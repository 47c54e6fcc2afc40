namespace Sluice.Gateway.Routing.Nodes;

/// <summary>A registry that can be loaded and watched: etcd, ZooKeeper, Redis, a table in the configuration.</summary>
/// <remarks>
/// All that registries have in common stands in <see cref="RegistryResolver"/>: lookups, states, malformed values, reconnects, logs.
/// A source only talks to its registry.
/// </remarks>
public interface INodeSource
{
    /// <summary>The name that <c>[common] header_identify</c> selects it by.</summary>
    string Name { get; }

    /// <summary>
    /// What the registry is and where, for logs: "etcd at http://10.0.0.5:2379, prefix /sluice/nodes/". Never a password.
    /// </summary>
    string Description { get; }

    /// <summary>
    /// Connects, loads every node (<see cref="NodeTable.BeginLoad"/> … <see cref="NodeLoad.Complete"/>), then passes on every change until
    /// it is cancelled or the registry is lost. It runs on the thread pool, and is called again after a pause whenever it ends.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="NodeSourceException">The registry cannot be reached, or was lost. Any other exception means the same, said less
    /// well.</exception>
    Task WatchAsync(NodeTable nodes, CancellationToken cancellation);
}
