using System.Diagnostics;
using System.Globalization;
using System.Net;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Etcd;
using Sluice.Registries.Etcd.Protocol;
using Sluice.Registries.Redis;
using StackExchange.Redis;

namespace Sluice.Gateway.Bench;

/// <summary>Holds the nodes of a registry as a gateway does, and prints the cost: seconds, memory, and the delay of a change.</summary>
internal static class RegistryHold
{
    private const int Changes = 200;

    public static async Task RunAsync(string kind, string address, int nodes)
    {
        // One node first, so that the memory of registry clients and compiled code does not count as the nodes'.
        RegistryResolver small = await LoadAsync(kind, address, "/one/", 1);
        double liveBefore = GC.GetTotalMemory(forceFullCollection: true) / 1e6;
        double before = ResidentMegabytes();
        long started = Stopwatch.GetTimestamp();
        RegistryResolver all = await LoadAsync(kind, address, "/all/", nodes);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        double grown = ResidentMegabytes() - before;
        double live = (GC.GetTotalMemory(forceFullCollection: true) / 1e6) - liveBefore;

        double[] seen = await ChangesAsync(kind, address, all);
        Array.Sort(seen);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kind}: {nodes} nodes loaded in {took.TotalSeconds:0.00} s, RSS grew by {grown:0.0} MB, of which {live:0.0} MB are in use; "
            + $"change to seen, {Changes} times: median {seen[Changes / 2]:0.0} ms, maximum {seen[^1]:0.0} ms"));
        await small.StopAsync();
        await all.StopAsync();
    }

    private static async Task<RegistryResolver> LoadAsync(string kind, string address, string prefix, int nodes)
    {
        INodeSource source = kind is "etcd"
            ? new EtcdSource(new EtcdOptions { Endpoints = [new Uri(address)], Prefix = prefix })
            : new RedisSource(new RedisOptions { Server = IPEndPoint.Parse(address), Prefix = prefix }, NullLogger.Instance);
        var resolver = new RegistryResolver(source, new RegistryOptions { Required = true }, NullLogger.Instance);
        await resolver.StartAsync(default);
        return resolver.KnownNodes == nodes
            ? resolver
            : throw new InvalidOperationException($"the registry has {resolver.KnownNodes} nodes, expected {nodes}");
    }

    /// <summary>
    /// Returns the milliseconds from the call that changes a node to the first lookup that finds the change, one change at a time.
    /// </summary>
    private static async Task<double[]> ChangesAsync(string kind, string address, RegistryResolver resolver)
    {
        using GrpcChannel? channel = kind is "etcd" ? GrpcChannel.ForAddress(address) : null;
        using ConnectionMultiplexer? redis = kind is "redis" ? await ConnectionMultiplexer.ConnectAsync(address) : null;
        var times = new double[Changes];
        for (int i = 0; i < Changes; i++)
        {
            long started = Stopwatch.GetTimestamp();
            Task put = channel is not null
                ? new KV.KVClient(channel).PutAsync(
                    new PutRequest
                    {
                        Key = ByteString.CopyFromUtf8("/all/changing"),
                        Value = ByteString.CopyFromUtf8($"10.0.0.1:{i + 1}"),
                    }).ResponseAsync
                : redis!.GetDatabase().StringSetAsync("/all/changing", $"10.0.0.1:{i + 1}");
            while (!await IsSeenAsync(resolver, i + 1))
            {
                await Task.Yield();
            }

            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await put;
        }

        return times;
    }

    private static async Task<bool> IsSeenAsync(RegistryResolver resolver, int port)
    {
        Resolution found = await resolver.ResolveAsync(new RouteRequest("changing", default), default);
        return found.Backends.Count > 0 && found.Backends[0].Port == port;
    }

    private static double ResidentMegabytes()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
