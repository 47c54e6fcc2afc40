using Microsoft.Extensions.Logging;
using Sluice.Gateway.Routing.Nodes;
using StackExchange.Redis;

namespace Sluice.Registries.Redis;

/// <summary>Nodes in a Redis server (5 or newer): one string for each, <c>prefix + name</c>.</summary>
/// <remarks>
/// Changes are told by keyspace notifications, which are turned on where that is allowed; where it is not, every node is read anew each second.
/// The client's own way to reconnect is not used, since it hides what was missed meanwhile: a lost connection is a loss, and everything is loaded anew.
/// </remarks>
/// <param name="options">Where Redis is.</param>
/// <param name="logger">Takes the line that says that nothing tells of changes.</param>
public sealed class RedisSource(RedisOptions options, ILogger logger) : INodeSource
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "redis";

    private bool _toldOfFallBack;

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public string Description => $"Redis at {RedisConnection.Address(options.Server)}, prefix {options.Prefix}";

    /// <inheritdoc/>
    public async Task WatchAsync(NodeTable nodes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        try
        {
            ConnectionMultiplexer redis = await RedisConnection.OpenAsync(options, cancellation).ConfigureAwait(false);
            await using (redis.ConfigureAwait(false))
            {
                await new RedisSession(redis, options, TellOfFallBack).RunAsync(nodes, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is RedisException or RedisTimeoutException or ObjectDisposedException && !cancellation.IsCancellationRequested)
        {
            throw new NodeSourceException(RedisFailure.Describe(failure), failure);
        }
    }

    private void TellOfFallBack(string problem)
    {
        if (!_toldOfFallBack)
        {
            _toldOfFallBack = true;
            RegistriesLog.NoNotifications(logger, Description, KeyspaceEvents.Setting, problem, KeyspaceEvents.Needed);
        }
    }
}
