using System.Text;
using Sluice.Gateway.Routing.Nodes;
using StackExchange.Redis;

namespace Sluice.Registries.Redis;

/// <summary>
/// A connection: loads the nodes, follows the notifications, and checks that the server still answers and still notifies.
/// </summary>
internal sealed class RedisSession
{
    /// <summary>The time limit of an answer.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The interval of liveness checks, and without notifications, of reading everything.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(900);

    /// <summary>The longest time for which an expired node goes unnoticed.</summary>
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The interval of reading everything again, for changes that neither a notification nor the server's statistics show.
    /// </summary>
    private static readonly TimeSpan ReloadInterval = TimeSpan.FromMinutes(5);

    private const int NodesPerPage = 500;

    private readonly ConnectionMultiplexer _redis;
    private readonly RedisOptions _options;
    private readonly Action<string> _onFallBack;
    private readonly IServer _server;
    private readonly IDatabase _store;
    private readonly byte[] _prefix;
    private readonly ChangedNames _changed = new();
    private readonly Expiries _expiries = new();
    private bool _mayConfigure = true;

    /// <summary>Whether the notifications had been turned off after we turned them on, so that changes may have been missed.</summary>
    private bool _turnedOnAgain;

    public RedisSession(ConnectionMultiplexer redis, RedisOptions options, Action<string> onFallBack)
    {
        _redis = redis;
        _options = options;
        _onFallBack = onFallBack;
        _server = redis.GetServers()[0];
        _store = redis.GetDatabase(options.Database);
        _prefix = Encoding.UTF8.GetBytes(options.Prefix);
    }

    /// <summary>Runs until it is cancelled. Throws if the connection is lost.</summary>
    public async Task RunAsync(NodeTable nodes, CancellationToken cancellation)
    {
        if (_server.ServerType == ServerType.Cluster)
        {
            throw new NodeSourceException(
                "it is a cluster, whose servers notify only of their own keys; name a server that is not part of one");
        }

        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _redis.ConnectionFailed += (_, failure) =>
            lost.TrySetException(new NodeSourceException($"the connection was lost ({failure.FailureType})"));
        await FirstToEnd.RunAsync(lost.Task.WaitAsync, stop => FollowAsync(nodes, stop), cancellation).ConfigureAwait(false);
    }

    private async Task FollowAsync(NodeTable nodes, CancellationToken cancellation)
    {
        // Subscribe first, so that nothing is missed between reading and following.
        ISubscriber subscriber = _redis.GetSubscriber();
        string keys = $"__keyspace@{_options.Database}__:";
        await subscriber.SubscribeAsync(
            RedisChannel.Pattern(GlobPattern.BeginsWith(keys + _options.Prefix)), (channel, _) => OnChanged(channel, keys.Length))
            .WaitAsync(cancellation).ConfigureAwait(false);
        bool notifies = await AreTurnedOnAsync().WaitAsync(cancellation).ConfigureAwait(false);
        _turnedOnAgain = false;
        string changes = await DatabaseChangesAsync().WaitAsync(cancellation).ConfigureAwait(false);
        await LoadAsync(nodes, cancellation).ConfigureAwait(false);
        long loaded = Environment.TickCount64;
        long asked = loaded;
        while (true)
        {
            await _changed.WaitAsync(ExpiryInterval, cancellation).ConfigureAwait(false);
            await ReadChangedAsync(nodes, cancellation).ConfigureAwait(false);
            if (Environment.TickCount64 - asked < CheckInterval.TotalMilliseconds)
            {
                continue;
            }

            asked = Environment.TickCount64;
            await subscriber.PingAsync().WaitAsync(cancellation).ConfigureAwait(false);
            bool notifiedBefore = notifies;
            notifies = await AreTurnedOnAsync().WaitAsync(cancellation).ConfigureAwait(false);
            string changesBefore = changes;
            changes = await DatabaseChangesAsync().WaitAsync(cancellation).ConfigureAwait(false);
            if (!notifies
                || !notifiedBefore
                || _turnedOnAgain
                || !string.Equals(changes, changesBefore, StringComparison.Ordinal)
                || asked - loaded >= ReloadInterval.TotalMilliseconds)
            {
                _turnedOnAgain = false;
                await LoadAsync(nodes, cancellation).ConfigureAwait(false);
                loaded = Environment.TickCount64;
            }
        }
    }

    /// <summary>Turns the notifications on if they are off. Others may turn them off again at any time.</summary>
    private async Task<bool> AreTurnedOnAsync()
    {
        if (!_mayConfigure)
        {
            return false;
        }

        try
        {
            string letters = (await _server.ConfigGetAsync(KeyspaceEvents.Setting).ConfigureAwait(false)).FirstOrDefault().Value ?? "";
            if (!KeyspaceEvents.Suffice(letters))
            {
                await _server.ConfigSetAsync(KeyspaceEvents.Setting, KeyspaceEvents.With(letters)).ConfigureAwait(false);
                _turnedOnAgain = true;
            }

            return true;
        }
        catch (RedisServerException failure) when (!failure.Message.StartsWith("LOADING", StringComparison.Ordinal))
        {
            // Try once per connection, or a server that logs rejected commands would fill its log.
            _mayConfigure = false;
            _onFallBack(failure.Message);
            return false;
        }
    }

    /// <summary>
    /// Returns a text that changes if a whole database is emptied or swapped, of which there is no notification: the server's count of such
    /// commands, its replication id, which a replica takes over from its master at once, and whether a replica is connected to its master.
    /// </summary>
    private async Task<string> DatabaseChangesAsync()
    {
        Task<string?> commands = _server.InfoRawAsync("commandstats");
        Task<string?> replication = _server.InfoRawAsync("replication");
        return DatabaseChanges.Read(await commands.ConfigureAwait(false) ?? "", await replication.ConfigureAwait(false) ?? "");
    }

    private void OnChanged(RedisChannel channel, int prefix)
    {
        byte[] key = channel!;
        if (NodeName.TryRead(key.AsSpan(prefix), _prefix, out string? name))
        {
            _changed.Add(name);
        }
    }

    private async Task LoadAsync(NodeTable nodes, CancellationToken cancellation)
    {
        NodeLoad load = nodes.BeginLoad();
        _expiries.Clear();
        var names = new List<string>(NodesPerPage);
        await foreach (RedisKey key in _server.KeysAsync(_options.Database, GlobPattern.BeginsWith(_options.Prefix), NodesPerPage)
            .WithCancellation(cancellation).ConfigureAwait(false))
        {
            if (NodeName.TryRead((byte[])key!, _prefix, out string? name))
            {
                names.Add(name);
            }

            if (names.Count == NodesPerPage)
            {
                await ReadAsync(names, (found, value) => load.Set(found, value), _ => { }, cancellation).ConfigureAwait(false);
                names.Clear();

                // A hundred thousand nodes take seconds to load, but a change must be seen within one.
                await ReadChangedAsync(nodes, cancellation).ConfigureAwait(false);
            }
        }

        await ReadAsync(names, (found, value) => load.Set(found, value), _ => { }, cancellation).ConfigureAwait(false);
        load.Complete();
    }

    private async Task ReadChangedAsync(NodeTable nodes, CancellationToken cancellation)
    {
        while (_expiries.TryTake(Environment.TickCount64, out string ended))
        {
            _changed.Add(ended);
        }

        foreach (string[] page in _changed.TakeAll().Chunk(NodesPerPage))
        {
            await ReadAsync(page, (found, value) => nodes.Set(found, value), nodes.Remove, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the values of nodes and when they expire. A key that no longer exists, or is not a string, is removed.</summary>
    private async Task ReadAsync(IReadOnlyCollection<string> names, SetNode set, Action<string> remove, CancellationToken cancellation)
    {
        if (names.Count == 0)
        {
            return;
        }

        RedisKey[] keys = [.. names.Select(name => (RedisKey)(_options.Prefix + name))];
        Task<RedisValue[]> reading = _store.StringGetAsync(keys);
        Task<TimeSpan?[]> ending = Task.WhenAll(keys.Select(key => _store.KeyTimeToLiveAsync(key)));
        await Task.WhenAll(reading, ending).WaitAsync(cancellation).ConfigureAwait(false);
        RedisValue[] values = await reading.ConfigureAwait(false);
        TimeSpan?[] ends = await ending.ConfigureAwait(false);
        long now = Environment.TickCount64;
        int i = 0;
        foreach (string name in names)
        {
            if (values[i].IsNull)
            {
                _expiries.Set(name, null);
                remove(name);
            }
            else
            {
                _expiries.Set(name, ends[i] is { } left ? now + (long)left.TotalMilliseconds + 1 : null);
                set(name, ((ReadOnlyMemory<byte>)values[i]).Span);
            }

            i++;
        }
    }

    private delegate void SetNode(string name, ReadOnlySpan<byte> value);
}
