using Microsoft.Extensions.Logging;
using Sluice.Gateway.Routing.Nodes;
using StackExchange.Redis;

namespace Sluice.Registries.Redis;

/// <summary>Nodes in a Redis server (5 or newer): one string for each, <c>prefix + name</c>.</summary>
/// <remarks>
/// Keyspace notifications report changes. They are turned on if that is allowed; if not, every node is read again each second. The client's
/// own reconnection is not used, because it hides what was missed: a lost connection is a lost registry, and everything is loaded again.
/// </remarks>
/// <param name="options">Where Redis is, and how to log in.</param>
/// <param name="logger">Receives a warning if the server sends no notifications.</param>
public sealed class RedisSource(RedisOptions options, ILogger logger) : INodeSource
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "redis";

    private bool _fallBackLogged;

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
        catch (Exception failure) when (
            failure is RedisException or RedisTimeoutException or ObjectDisposedException && !cancellation.IsCancellationRequested)
        {
            throw new NodeSourceException(RedisFailure.Describe(failure), failure);
        }
    }

    private void TellOfFallBack(string problem)
    {
        if (!_fallBackLogged)
        {
            _fallBackLogged = true;
            RegistriesLog.NoNotifications(logger, Description, KeyspaceEvents.Setting, problem, KeyspaceEvents.Needed);
        }
    }
}
