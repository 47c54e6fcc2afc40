using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A node of <c>[static.nodes]</c>.</summary>
internal sealed record NodeEntry(IReadOnlyList<Backend> Backends, NodeState State)
{
    /// <summary>Returns its addresses and, if it takes no sessions, its state.</summary>
    public override string ToString() => string.Join(' ', Backends) + (State == NodeState.Up ? "" : $" {State}");

    /// <summary>Returns the node for a table of nodes.</summary>
    public Node ToNode() => new(Backends, State);
}
