using System.Text.Json;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>Nodes in Kubernetes: the pods of a namespace that a label selects. Nothing is ever written.</summary>
/// <remarks>
/// It needs only two requests of the API server, a list and a watch, and sends them itself. The usual client would bring a YAML parser and
/// run programs that a kubeconfig names, and its watches neither limit a line nor report why they ended.
/// </remarks>
/// <param name="options">Where Kubernetes is, and which pods.</param>
public sealed class KubernetesSource(KubernetesOptions options) : INodeSource
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "kubernetes";

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public string Description { get; } =
        $"Kubernetes at {options.ApiServer?.Authority ?? "the cluster's own API server"}, "
        + $"pods {options.LabelSelector}{(options.Namespace is { } space ? $" of {space}" : "")}";

    /// <inheritdoc/>
    public async Task WatchAsync(NodeTable nodes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        try
        {
            var access = new KubernetesAccess(options);
            using var api = new KubernetesApi(access, options);
            await new PodSession(api, options).RunAsync(nodes, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new NodeSourceException(failure.GetBaseException().Message, failure);
        }
        catch (JsonException failure)
        {
            throw new NodeSourceException("its answer is not JSON; is it Kubernetes?", failure);
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new NodeSourceException($"no answer within {options.AnswerTimeout.TotalSeconds:0.#} s", failure);
        }
    }
}
