using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.ZooKeeper;
using Sluice.Testing.Loops;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>The strategy as the gateway runs it, and the answers that a client would get.</summary>
internal sealed class WatchedNodes : IAsyncDisposable
{
    public const string Folder = "/sluice/nodes";

    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(60);

    private WatchedNodes(
        string connect, string path, TimeSpan sessionTimeout, TimeSpan? openingTimeout, bool recursive, string user, Func<string>? readUser)
    {
        Assert.True(ZooKeeperServers.TryParse(connect, out ZooKeeperServers? servers));
        var options = new ZooKeeperOptions
        {
            Servers = servers,
            Path = path,
            SessionTimeout = sessionTimeout,
            OpeningTimeout = openingTimeout ?? TimeSpan.FromSeconds(5),
            RecursiveWatch = recursive,
            User = user,
            ReadUser = readUser,
        };
        Resolver = new RegistryResolver(
            new ZooKeeperNodes(options), new RegistryOptions { LongestPause = TimeSpan.FromMilliseconds(500) }, Log);
    }

    public RegistryResolver Resolver { get; }

    public ListLogger Log { get; } = new();

    /// <summary>Starts it; the registry need not be there.</summary>
    public static async Task<WatchedNodes> StartAsync(
        string connect, string path = Folder, TimeSpan? sessionTimeout = null, TimeSpan? openingTimeout = null, bool recursive = true,
        string user = "", Func<string>? readUser = null)
    {
        var nodes = new WatchedNodes(connect, path, sessionTimeout ?? SessionTimeout, openingTimeout, recursive, user, readUser);
        await nodes.Resolver.StartAsync(default);
        return nodes;
    }

    /// <summary>Starts it, and waits until the nodes are loaded.</summary>
    public static async Task<WatchedNodes> LoadedAsync(
        string connect, string path =
            Folder, TimeSpan? sessionTimeout = null, bool recursive = true, string user = "", Func<string>? readUser = null)
    {
        WatchedNodes nodes = await StartAsync(connect, path, sessionTimeout, recursive: recursive, user: user, readUser: readUser);
        await nodes.UntilAsync(() => nodes.Resolver.Problem is null);
        return nodes;
    }

    /// <summary>The first backend of a key, or why there is none.</summary>
    public string this[string key]
    {
        get
        {
            Task<Resolution> lookup = Resolver.ResolveAsync(new RouteRequest(key, default), default).AsTask();
            Assert.True(lookup.IsCompleted, "A lookup is a memory read.");
            Resolution found = lookup.Result;
            return found.Backends.Count > 0 ? found.Backends[0].ToString() : found.Rejection.ToString();
        }
    }

    public Task HasAsync(string key, string answer) => UntilAsync(() => this[key] == answer, $"{key} = {answer}");

    /// <summary>Looks until it holds; the limit only ends a test that hangs.</summary>
    public async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(
                waited.Elapsed < Observed.HungAfter,
                $"Waited in vain for {what}; {Resolver.KnownNodes} nodes, {Resolver.Problem}\n{string.Join('\n', Log.Lines.TakeLast(10))}");
            await Task.Delay(1);
        }
    }

    public async ValueTask DisposeAsync() => await Resolver.StopAsync();
}
