using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Gateway.Bench;

/// <summary>Measures the lookup of a client's route key in a table of 100,000 nodes: a known one and an unknown one.</summary>
[MemoryDiagnoser]
public class NodeLookup
{
    private const int Nodes = 100_000;

    private readonly RouteRequest[] _known = new RouteRequest[1024];
    private readonly RouteRequest[] _unknown = new RouteRequest[1024];
    private RegistryResolver _resolver = null!;
    private int _next;

    [Params(1, 3)]
    public int Addresses { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        var table = new Dictionary<string, Node>(StringComparer.Ordinal);
        for (int i = 0; i < Nodes; i++)
        {
            Backend[] backends = [.. Enumerable.Range(0, Addresses).Select(j => Read($"10.{j}.{i >> 8 & 255}.{i & 255}:7083"))];
            table.Add($"game-server-{i}", new Node(backends));
        }

        _resolver = new RegistryResolver(new StaticNodes(table), new RegistryOptions { Required = true }, NullLogger.Instance);
        await _resolver.StartAsync(default);

        // New strings in a cache-unfriendly order. A client's key is never the same string object as the table's.
        var random = new Random(1);
        for (int i = 0; i < _known.Length; i++)
        {
            _known[i] = new RouteRequest($"game-server-{random.Next(Nodes)}", default);
            _unknown[i] = new RouteRequest($"game-server-{Nodes + random.Next(Nodes)}", default);
        }
    }

    [GlobalCleanup]
    public Task CleanUp() => _resolver.StopAsync();

    [Benchmark]
    public ValueTask<Resolution> Known() => _resolver.ResolveAsync(_known[_next++ & 1023], default);

    [Benchmark]
    public ValueTask<Resolution> Unknown() => _resolver.ResolveAsync(_unknown[_next++ & 1023], default);

    private static Backend Read(string text) => Backend.TryParse(text, out Backend? backend) ? backend : throw new FormatException(text);
}
