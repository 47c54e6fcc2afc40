using System.Text.Json;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>Reads the JSON of a pod.</summary>
internal sealed class PodReader(KubernetesOptions options)
{
    /// <summary>The annotation that an operator sets: <c>up</c>, <c>draining</c> or <c>full</c>.</summary>
    public const string StateAnnotation = "sluice.io/state";

    /// <summary>Reads a pod. Returns null if it has no name.</summary>
    public Pod? Read(JsonElement pod)
    {
        JsonElement? metadata = Json.Field(pod, "metadata");
        if (Json.Text(metadata, "name") is not { Length: > 0 } name)
        {
            return null;
        }

        JsonElement? status = Json.Field(pod, "status");
        bool isTerminating = Json.Field(metadata, "deletionTimestamp") is { ValueKind: not JsonValueKind.Null };
        if (Json.Text(status, "phase") is not "Running"
            || Json.Text(status, "podIP") is not { Length: > 0 } address
            || !(isTerminating || IsReady(status)))
        {
            return Pod.Absent(name);
        }

        if (NodeNameOf(metadata, name) is not { Length: > 0 } node)
        {
            return Pod.Absent(name, $"its pod has neither a label nor an annotation {options.NameLabel}");
        }

        Pod Useless(string problem) => Pod.Absent(name, problem) with { NodeName = node };
        if (PortOf(pod) is not { } port)
        {
            return Useless($"its pod has no container port named {options.PortName}");
        }

        if (!Backend.TryParse(address, port, options.Protocol, out Backend? backend) || backend.Name is not null)
        {
            return Useless("the address or the port of its pod cannot be used");
        }

        return StateOf(metadata, isTerminating) is { } state
            ? new Pod(name, node, backend, state)
            : Useless($"the annotation {StateAnnotation} of its pod is neither up, draining nor full");
    }

    private static bool IsReady(JsonElement? status) =>
        Json.Items(status, "conditions").Any(
            condition => Json.Text(condition, "type") is "Ready" && Json.Text(condition, "status") is "True");

    private string? NodeNameOf(JsonElement? metadata, string pod) => options.NameLabel is { } label
        ? Json.Text(Json.Field(metadata, "labels"), label) ?? Json.Text(Json.Field(metadata, "annotations"), label)
        : pod;

    private int? PortOf(JsonElement pod) => options.Port != 0
        ? options.Port
        : Json.Items(Json.Field(pod, "spec"), "containers")
            .SelectMany(container => Json.Items(container, "ports"))
            .Where(port => string.Equals(Json.Text(port, "name"), options.PortName, StringComparison.Ordinal))
            .Select(port => Json.Number(port, "containerPort"))
            .FirstOrDefault();

    /// <summary>A pod that is being deleted accepts no sessions, whatever its annotations, because it will be gone in a moment.</summary>
    private static NodeState? StateOf(JsonElement? metadata, bool isTerminating)
    {
        JsonElement? annotations = Json.Field(metadata, "annotations");
        NodeState? state = Json.Field(annotations, StateAnnotation) is null ? NodeState.Up : Json.Text(annotations, StateAnnotation) switch
        {
            "up" => NodeState.Up,
            "draining" => NodeState.Draining,
            "full" => NodeState.Full,
            _ => null,
        };
        return isTerminating ? NodeState.Draining : state;
    }
}
