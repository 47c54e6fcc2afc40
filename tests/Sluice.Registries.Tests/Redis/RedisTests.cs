using System.Globalization;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Redis;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Loops;
using StackExchange.Redis;

namespace Sluice.Registries.Tests.Redis;

/// <summary>Nodes in a real Redis: loaded, watched, lost and found again.</summary>
public sealed class RedisTests
{
    [Fact]
    public async Task Existing_nodes_are_found_and_changes_are_seen()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "10.0.0.5:7083");
        await redis.SetAsync("s2", """{"host":"10.0.0.6","port":7083,"state":"draining"}""");
        await redis.SetAsync("s3", """{"host":"10.0.0.7","port":7083,"state":"full"}""");
        await redis.SetAsync("bad", "nonsense");
        await redis.SetAsync("", "10.0.0.9:1");
        await redis.RunAsync("hset", "sluice:nodes:hash", "host", "10.0.0.9");
        await redis.RunAsync("set", "other:nodes:x", "10.0.0.9:1");
        await redis.RunAsync("-n", "1", "set", "sluice:nodes:x", "10.0.0.9:1");

        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal(3, registry.Count);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        Assert.Equal("Draining", registry["s2"]);
        Assert.Equal("Busy", registry["s3"]);
        Assert.Equal("NotFound", registry["bad"]);
        Assert.Contains(registry.Log.Lines, line => line.Id == 33 && line.Text.Contains("\"bad\"", StringComparison.Ordinal));

        await redis.SetAsync("s4", "10.0.0.8:7083");
        await registry.UntilAsync(() => registry["s4"] == "10.0.0.8:7083");
        await redis.SetAsync("s1", "10.0.0.5:7084");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:7084");
        await redis.RunAsync("rename", "sluice:nodes:s4", "sluice:nodes:s5");
        await registry.UntilAsync(() => registry["s4"] == "NotFound" && registry["s5"] == "10.0.0.8:7083");
        await redis.SetAsync("s1", "nonsense");
        await registry.UntilAsync(() => registry["s1"] == "NotFound");
        await redis.DeleteAsync("s5");
        await registry.UntilAsync(() => registry["s5"] == "NotFound");
        await redis.RunAsync("flushdb");
        await registry.UntilAsync(() => registry.Count == 0);
        Assert.Null(registry.Problem);
    }

    /// <summary>There is no notification of these, and the database has as many keys as before.</summary>
    [Theory]
    [InlineData("flushdb")]
    [InlineData("flushall")]
    [InlineData("swapdb 0 1")]
    [InlineData("eval \"redis.call('flushdb', 'async')\" 0")]
    public async Task A_database_that_is_emptied_and_refilled_at_once_is_read_again(string command)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "10.0.0.5:7083");
        await redis.SetAsync("s2", "10.0.0.6:7083");
        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal(2, registry.Count);

        string commands = $"multi\\n{command}\\nset sluice:nodes:s2 10.0.0.7:7083\\nmset a 1 b 1 c 1 d 1\\nexec\\n";
        await ServerProcess.RunAsync(
            "sh", "-c", $"printf '%b' '{commands.Replace("'", "'\\''", StringComparison.Ordinal)}' | redis-cli -p {redis.EndPoint.Port}");
        await registry.UntilAsync(() => registry["s1"] == "NotFound" && registry["s2"] == "10.0.0.7:7083");
        Assert.Null(registry.Problem);
        Assert.Equal(0, registry.Log.Count(31));
    }

    [Fact]
    public async Task A_server_that_becomes_a_replica_of_another_is_read_again()
    {
        await using RedisServer master = await RedisServer.StartAsync();
        await master.SetAsync("s2", "10.0.0.6:7083");
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "10.0.0.5:7083");
        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal("10.0.0.5:7083", registry["s1"]);

        await redis.RunAsync("replicaof", "127.0.0.1", master.EndPoint.Port.ToString(CultureInfo.InvariantCulture));
        await registry.UntilAsync(() => registry["s1"] == "NotFound" && registry["s2"] == "10.0.0.6:7083");
        await master.SetAsync("s3", "10.0.0.7:7083");
        await registry.UntilAsync(() => registry["s3"] == "10.0.0.7:7083");
    }

    /// <summary>It was without its master for so long that it is filled anew, with a history that is the same.</summary>
    [Fact]
    public async Task A_replica_that_missed_too_much_is_read_again()
    {
        await using RedisServer master = await RedisServer.StartAsync(["--repl-backlog-size", "16kb", "--repl-diskless-sync-delay", "0"]);
        string[] replicaOfMaster = ["replicaof", "127.0.0.1", master.EndPoint.Port.ToString(CultureInfo.InvariantCulture)];
        await master.SetAsync("s1", "10.0.0.5:7083");
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.RunAsync(replicaOfMaster);
        await UntilAsync(
            async () => (await redis.RunAsync("get", "sluice:nodes:s1")).StartsWith("10.0.0.5:7083", StringComparison.Ordinal));
        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal("10.0.0.5:7083", registry["s1"]);

        // That the link is down is a reason to read, and so is then that it is up again.
        int scans = await ScansAsync(redis);
        await redis.RunAsync("replicaof", "127.0.0.1", "9");
        await UntilAsync(async () => await ScansAsync(redis) > scans);

        await master.DeleteAsync("s1");
        await master.SetAsync("s2", "10.0.0.6:7083");
        await master.RunAsync("eval", "for i = 1, 100 do redis.call('set', 'other' .. i, string.rep('x', 4000)) end", "0");
        await redis.RunAsync(replicaOfMaster);
        await registry.UntilAsync(() => registry["s1"] == "NotFound" && registry["s2"] == "10.0.0.6:7083");
    }

    [Theory]
    [InlineData("sunionstore sluice:nodes:s1 set")]
    [InlineData("zunionstore sluice:nodes:s1 1 set")]
    [InlineData("sort set alpha store sluice:nodes:s1")]
    [InlineData("copy set sluice:nodes:s1 replace")]
    public async Task A_node_disappears_when_its_key_gets_another_type(string command)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "10.0.0.5:7083");
        await redis.RunAsync("sadd", "set", "a");
        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        await redis.RunAsync(command.Split(' '));
        await registry.UntilAsync(() => registry["s1"] == "NotFound");
    }

    /// <summary>Among many keys with a time to live the server itself finds an expired one late.</summary>
    [Fact]
    public async Task An_expired_node_disappears_even_among_many()
    {
        await using RedisServer redis = await RedisServer.StartAsync(["--hz", "1"]);
        await redis.RunAsync("eval", "for i = 1, 30000 do redis.call('set', 'sluice:nodes:n' .. i, '10.0.0.5:1', 'ex', 1000) end", "0");

        // Long enough for a busy machine to see each before it expires.
        await redis.SetAsync("before", "10.0.0.5:1", "px", "20000");
        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal("10.0.0.5:1", registry["before"]);
        await redis.SetAsync("behind", "10.0.0.5:1", "px", "10000");
        await redis.RunAsync("pexpire", "sluice:nodes:n7", "1500");
        await registry.UntilAsync(() => registry["behind"] == "10.0.0.5:1");
        await registry.UntilAsync(
            () => registry["before"] == "NotFound" && registry["behind"] == "NotFound" && registry["n7"] == "NotFound");
        Assert.Equal(29_999, registry.Count);
    }

    [Fact]
    public async Task A_killed_server_keeps_its_nodes_and_missed_changes_are_seen()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "10.0.0.5:7083");
        await redis.SetAsync("s2", "10.0.0.6:7083");
        await using Registry registry = await Registry.LoadedAsync(redis.Source());

        await redis.KillAsync();
        await registry.UntilAsync(() => registry.Problem is not null);
        Assert.Contains("is away", registry.Problem, StringComparison.Ordinal);
        await registry.UntilAsync(() => registry.Log.Count(32) >= 2);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        Assert.Equal(1, registry.Log.Count(31));

        await redis.RestartAsync();
        await redis.DeleteAsync("s1");
        await redis.SetAsync("s3", "10.0.0.7:7083");
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "NotFound" && registry["s3"] == "10.0.0.7:7083");
        Assert.Equal("10.0.0.6:7083", registry["s2"]);

        // It was started without its notifications, which are on again.
        await redis.SetAsync("s2", "10.0.0.6:1");
        await registry.UntilAsync(() => registry["s2"] == "10.0.0.6:1");
    }

    /// <summary>The next session fills the same table: when it begins, nothing of this one may be at work.</summary>
    [Fact]
    public async Task A_session_that_is_lost_ends_when_its_last_task_has()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "nonsense");
        using var log = new HeldLogger();
        var source = new SeenSource(new RedisOptions { Server = redis.EndPoint });
        var resolver = new RegistryResolver(source, new RegistryOptions(), log);
        Task starting = resolver.StartAsync(default);
        await log.Reached.WaitAsync(Observed.HungAfter);
        await redis.KillAsync();

        // It was notified of the loss. One that did not wait would end at once, and is given the time for it; one that waits cannot end,
        // however long that is.
        Task session = await source.Lost.WaitAsync(Observed.HungAfter);
        await Task.WhenAny(session, Task.Delay(500));
        Assert.False(session.IsCompleted);
        log.Release();
        await Assert.ThrowsAsync<NodeSourceException>(() => session.WaitAsync(Observed.HungAfter));
        await starting;
        await resolver.StopAsync();
    }

    [Fact]
    public async Task A_server_whose_connection_hangs_is_lost_too()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "10.0.0.5:7083");
        await using Registry registry = await Registry.LoadedAsync(redis.Source());

        await redis.FreezeAsync();
        await registry.UntilAsync(() => registry.Problem is not null);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        await redis.ThawAsync();
        await redis.SetAsync("s1", "10.0.0.5:7084");
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "10.0.0.5:7084");
    }

    [Fact]
    public async Task Notifications_that_were_turned_off_are_turned_on_again_and_missed_changes_are_read()
    {
        await using RedisServer redis = await RedisServer.StartAsync(["--notify-keyspace-events", "El"]);
        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal("lKEg$xesz".Order(), (await redis.RunAsync("config", "get", "notify-keyspace-events")).Split('\n')[1].Trim().Order());

        string commands = "multi\\nconfig set notify-keyspace-events \"\"\\nset sluice:nodes:s1 10.0.0.5:1\\nexec\\n";
        await ServerProcess.RunAsync("sh", "-c", $"printf '{commands}' | redis-cli -p {redis.EndPoint.Port}");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:1");
        Assert.Null(registry.Problem);
    }

    [Fact]
    public async Task Thousands_of_nodes_are_loaded_in_pages_and_thousands_of_changes_applied()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await PutManyAsync(redis, 3500, 1);
        await using Registry registry = await Registry.LoadedAsync(redis.Source());
        Assert.Equal(3500, registry.Count);
        Assert.All(Enumerable.Range(0, 3500), i => Assert.Equal("10.0.0.5:1", registry[$"n{i}"]));

        await PutManyAsync(redis, 10_000, 2);
        await registry.UntilAsync(
            () => registry.Count == 10_000 && Enumerable.Range(0, 10_000).All(i => registry[$"n{i}"] == "10.0.0.5:2"));
        Assert.Null(registry.Problem);
        Assert.DoesNotContain(registry.Log.Lines, line => line.Id == 31);
    }

    [Theory]
    [InlineData("a*b:", "aXb:")]
    [InlineData("a?b:", "aXb:")]
    [InlineData("a[xy]b:", "axb:")]
    [InlineData("a\\b:", "ab:")]
    [InlineData("gl\u00fcck:", "gluck:")]
    public async Task A_prefix_means_itself_and_not_a_pattern(string prefix, string other)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.RunAsync("set", $"{other}s1", "10.0.0.5:1");
        await redis.RunAsync("set", $"{prefix}s2", "10.0.0.5:2");
        await using Registry registry = await Registry.LoadedAsync(redis.Source(prefix));
        Assert.Equal("NotFound 10.0.0.5:2", $"{registry["s1"]} {registry["s2"]}");
        await redis.RunAsync("set", $"{prefix}s3", "10.0.0.5:3");
        await registry.UntilAsync(() => registry["s3"] == "10.0.0.5:3");
        Assert.Equal(2, registry.Count);
    }

    [Fact]
    public async Task Another_database_has_other_nodes()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.SetAsync("s1", "10.0.0.5:1");
        await redis.RunAsync("-n", "3", "set", "sluice:nodes:s1", "10.0.0.5:3");
        await using Registry registry = await Registry.LoadedAsync(redis.Source(database: 3));
        Assert.Equal("10.0.0.5:3", registry["s1"]);
        await redis.RunAsync("-n", "3", "set", "sluice:nodes:s2", "10.0.0.5:4");
        await registry.UntilAsync(() => registry["s2"] == "10.0.0.5:4");
    }

    private static async Task PutManyAsync(RedisServer redis, int count, int port) =>
        await redis.RunAsync("eval", $"for i = 0, {count - 1} do redis.call('set', 'sluice:nodes:n' .. i, '10.0.0.5:{port}') end", "0");

    /// <summary>Sessions as the product's source has them, which can be watched.</summary>
    private sealed class SeenSource(RedisOptions options) : INodeSource
    {
        private readonly TaskCompletionSource<Task> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The first session that was notified of its lost connection, once it was.</summary>
        public Task<Task> Lost => _lost.Task;

        public string Name => "seen";

        public string Description => "Redis, seen";

        public async Task WatchAsync(NodeTable nodes, CancellationToken cancellation)
        {
            await using ConnectionMultiplexer redis = await RedisConnection.OpenAsync(options, cancellation);
            Task session = new RedisSession(redis, options, _ => { }).RunAsync(nodes, cancellation);

            // It has listened from the start, so it is notified before.
            redis.ConnectionFailed += (_, _) => _lost.TrySetResult(session);
            await session;
        }
    }

    /// <summary>Holds whoever finds a node malformed, which is who fills the table.</summary>
    private sealed class HeldLogger : ILogger, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 33)
            {
                _reached.TrySetResult();
                _released.Wait(Observed.HungAfter);
            }
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        while (!await condition())
        {
            await Task.Delay(5, hung.Token);
        }
    }

    /// <summary>How often the keys of a server were listed; 0 where they never were.</summary>
    private static async Task<int> ScansAsync(RedisServer redis)
    {
        const string Calls = "cmdstat_scan:calls=";
        string info = await redis.RunAsync("info", "commandstats");
        int start = info.IndexOf(Calls, StringComparison.Ordinal);
        return start < 0 ? 0 : int.Parse(
            info.AsSpan(start + Calls.Length, info.IndexOf(',', start) - start - Calls.Length), CultureInfo.InvariantCulture);
    }
}
