using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>The part of a pod that the gateway needs.</summary>
/// <param name="Name">The pod's name.</param>
/// <param name="NodeName">The name of the node.</param>
/// <param name="Backend">Its address and port; null = the pod is ignored.</param>
/// <param name="State">Whether it accepts new sessions.</param>
/// <param name="Problem">Why a ready pod cannot be a node, for the log; null = it can.</param>
internal sealed record Pod(string Name, string NodeName, Backend? Backend, NodeState State, string? Problem = null)
{
    public static Pod Absent(string name, string? problem = null) => new(name, name, null, NodeState.Up, problem);
}
