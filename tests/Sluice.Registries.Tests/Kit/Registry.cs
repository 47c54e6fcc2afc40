using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Testing.Loops;

namespace Sluice.Registries.Tests.Kit;

/// <summary>A resolver over a real registry, and what a client would get from it.</summary>
internal sealed class Registry : IAsyncDisposable
{
    private readonly RegistryResolver _resolver;

    private Registry(INodeSource source) =>
        _resolver = new RegistryResolver(source, new RegistryOptions { LongestPause = TimeSpan.FromMilliseconds(400) }, Log);

    public ListLogger Log { get; } = new();

    public string? Problem => _resolver.Problem;

    public int Count => _resolver.KnownNodes!.Value;

    /// <summary>Starts it, whether or not its registry is there.</summary>
    public static async Task<Registry> StartAsync(INodeSource source)
    {
        var registry = new Registry(source);
        await registry._resolver.StartAsync(default);
        return registry;
    }

    /// <summary>Starts it and waits until its nodes are loaded.</summary>
    public static async Task<Registry> LoadedAsync(INodeSource source)
    {
        Registry registry = await StartAsync(source);
        await registry.UntilAsync(() => registry.Problem is null);
        return registry;
    }

    /// <summary>The first address of a node, or the word that a client is refused with.</summary>
    public string this[string key]
    {
        get
        {
            Task<Resolution> asked = _resolver.ResolveAsync(new RouteRequest(key, default), default).AsTask();
            Assert.True(asked.IsCompletedSuccessfully, "a lookup is a memory read");
            Resolution found = asked.Result;
            return found.Backends.Count > 0 ? found.Backends[0].ToString() : found.Rejection.ToString();
        }
    }

    /// <summary>Completes once the condition holds. The table does not notify of changes, so it is polled.</summary>
    public async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(
                waited.Elapsed < Observed.HungAfter,
                $"waited in vain for {what}; problem: {Problem}; log:\n{string.Join('\n', Log.Lines.Take(20))}");
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync() => await _resolver.StopAsync();
}
