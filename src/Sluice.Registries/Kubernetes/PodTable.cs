using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>The pods of each node. Several may have one name: a match's new pod while the old one ends, or replicas.</summary>
/// <param name="nodes">Receives the nodes, from <see cref="Show"/> on.</param>
internal sealed class PodTable(NodeTable nodes)
{
    private readonly Dictionary<string, Pod> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<string, Pod>> _named = new(StringComparer.Ordinal);

    /// <summary>Whether the nodes are shown.</summary>
    public bool IsShown { get; private set; }

    /// <summary>Shows every node, and from now on each change.</summary>
    public void Show(NodeLoad load)
    {
        foreach (string name in _named.Keys)
        {
            ShowNode(name);
        }

        IsShown = true;
        load.Complete();
    }

    /// <summary>Adds or changes a pod.</summary>
    public void Set(Pod pod)
    {
        string? before = Forget(pod.Name);
        bool isNode = pod.Backend is not null || pod.Problem is not null;
        if (isNode)
        {
            _pods[pod.Name] = pod;
            if (!_named.TryGetValue(pod.NodeName, out SortedDictionary<string, Pod>? pods))
            {
                _named[pod.NodeName] = pods = new SortedDictionary<string, Pod>(StringComparer.Ordinal);
            }

            pods[pod.Name] = pod;
        }

        if (!IsShown)
        {
            return;
        }

        if (isNode)
        {
            ShowNode(pod.NodeName);
        }

        if (before is not null && !(isNode && string.Equals(before, pod.NodeName, StringComparison.Ordinal)))
        {
            ShowNode(before);
        }
    }

    /// <summary>Removes a pod, if it is known.</summary>
    public void Remove(string pod)
    {
        if (Forget(pod) is { } node && IsShown)
        {
            ShowNode(node);
        }
    }

    private string? Forget(string name)
    {
        if (!_pods.Remove(name, out Pod? pod))
        {
            return null;
        }

        SortedDictionary<string, Pod> pods = _named[pod.NodeName];
        pods.Remove(name);
        if (pods.Count == 0)
        {
            _named.Remove(pod.NodeName);
        }

        return pod.NodeName;
    }

    /// <summary>The pods that accept sessions are the node, ordered by name. If none does, the node has the state of its pods.</summary>
    private void ShowNode(string name)
    {
        ICollection<Pod> pods = _named.TryGetValue(name, out SortedDictionary<string, Pod>? found) ? found.Values : [];
        foreach (NodeState state in new[] { NodeState.Up, NodeState.Full, NodeState.Draining })
        {
            Gateway.Routing.Backend[] backends =
            [
                .. pods.Where(pod => pod.Backend is not null && pod.State == state).Select(pod => pod.Backend!).Take(Node.MaxBackends),
            ];
            if (backends.Length > 0)
            {
                nodes.Set(name, new Node(backends, state));
                return;
            }
        }

        if (pods.FirstOrDefault()?.Problem is { } problem)
        {
            nodes.Ignore(name, problem);
        }
        else
        {
            nodes.Remove(name);
        }
    }
}
