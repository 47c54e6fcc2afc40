using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>What a pod is to us.</summary>
/// <param name="Name">The pod's name.</param>
/// <param name="NodeName">The node that it stands for.</param>
/// <param name="Backend">Where it listens; null = it is as if absent.</param>
/// <param name="State">Whether it takes new sessions.</param>
/// <param name="Problem">Why a pod that is ready cannot be a node, for the log; null = nothing is wrong.</param>
internal sealed record Pod(string Name, string NodeName, Backend? Backend, NodeState State, string? Problem = null)
{
    public static Pod Absent(string name, string? problem = null) => new(name, name, null, NodeState.Up, problem);
}
