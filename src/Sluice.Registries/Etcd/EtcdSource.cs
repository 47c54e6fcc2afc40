using Grpc.Core;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Etcd;

/// <summary>Nodes in etcd (3.4 or newer): one key for each, <c>prefix + name</c>.</summary>
/// <remarks>
/// It uses etcd's gRPC calls directly. The helpers of client libraries restart a lost watch on their own, and so hide an outage and the
/// changes missed in it. Here a lost watch is a lost registry, and everything is loaded again.
/// </remarks>
/// <param name="options">Where etcd is, and how to log in.</param>
public sealed class EtcdSource(EtcdOptions options) : INodeSource
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "etcd";

    private int _endpoint;

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public string Description => $"etcd at {string.Join(' ', options.Endpoints.Select(Address))}, prefix {options.Prefix}";

    /// <inheritdoc/>
    public async Task WatchAsync(NodeTable nodes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        var problems = new List<string>();
        while (problems.Count < options.Endpoints.Count)
        {
            Uri endpoint = options.Endpoints[_endpoint];
            using var session = new EtcdSession(endpoint, options);
            try
            {
                await session.RunAsync(nodes, cancellation).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is RpcException or NodeSourceException && !cancellation.IsCancellationRequested)
            {
                _endpoint = (_endpoint + 1) % options.Endpoints.Count;
                problems.Add($"{Address(endpoint)}: {EtcdFailure.Describe(failure)}");
                if (session.HasLoaded)
                {
                    // A loss is reported before the next member is tried.
                    break;
                }
            }
        }

        throw new NodeSourceException(string.Join("; ", problems));
    }

    /// <summary>Returns the address without a password that may be part of it.</summary>
    private static string Address(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Scheme) + endpoint.Authority;
}
