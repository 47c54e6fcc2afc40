using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Net.Client;
using Sluice.Registries.Etcd.Protocol;
using StackExchange.Redis;

namespace Sluice.Gateway.Bench;

/// <summary>
/// Starts a real registry and fills it. Another process loads and watches it, so that filling is not part of the measurement.
/// </summary>
internal static class RegistryRun
{
    /// <summary>etcd's limit for a transaction.</summary>
    private const int KeysPerTransaction = 128;

    public static async Task RunAsync(string kind, int nodes)
    {
        string folder = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
        int[] ports = FreePorts();
        string peer = $"http://127.0.0.1:{ports[1]}";
        string address = kind is "etcd" ? $"http://127.0.0.1:{ports[0]}" : $"127.0.0.1:{ports[0]}";
        string[] arguments = kind is "etcd"
            ?
            [
                "--data-dir", Path.Combine(folder, "data"), "--listen-client-urls", address, "--advertise-client-urls", address,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}",
                "--log-level", "error",
            ]
            : ["--port", $"{ports[0]}", "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--loglevel", "warning"];
        using Process server = Process.Start(kind is "etcd" ? "etcd" : "redis-server", arguments);
        try
        {
            await AnswersAsync(ports[0]);
            await (kind is "etcd" ? FillEtcdAsync(address, nodes) : FillRedisAsync(address, nodes));
            using Process holder = Process.Start(Environment.ProcessPath!, ["registry", "hold", kind, address, $"{nodes}"]);
            await holder.WaitForExitAsync();
            Environment.ExitCode = holder.ExitCode;
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillEtcdAsync(string address, int nodes)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var store = new KV.KVClient(channel);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 16 };
        await Parallel.ForEachAsync(Enumerable.Range(0, nodes).Chunk(KeysPerTransaction), parallel, async (page, stop) =>
        {
            var puts = new TxnRequest();
            foreach (int i in page)
            {
                var put = new PutRequest { Key = ByteString.CopyFromUtf8(Name(i)), Value = ByteString.CopyFromUtf8(Value(i)) };
                puts.Success.Add(new RequestOp { RequestPut = put });
            }

            await store.TxnAsync(puts, cancellationToken: stop);
        });
        await store.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("/one/one"), Value = ByteString.CopyFromUtf8("10.0.0.1:1") });
    }

    private static async Task FillRedisAsync(string address, int nodes)
    {
        using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(address);
        IDatabase store = redis.GetDatabase();
        foreach (int[] page in Enumerable.Range(0, nodes).Chunk(1000))
        {
            await Task.WhenAll(page.Select(i => store.StringSetAsync(Name(i), Value(i))));
        }

        await store.StringSetAsync("/one/one", "10.0.0.1:1");
    }

    private static string Name(int i) => $"/all/game-server-{i}";

    private static string Value(int i) => $"10.{i >> 16}.{i >> 8 & 255}.{i & 255}:7083";

    private static int[] FreePorts()
    {
        using var one = new TcpListener(IPAddress.Loopback, 0);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        one.Start();
        other.Start();
        return [((IPEndPoint)one.LocalEndpoint).Port, ((IPEndPoint)other.LocalEndpoint).Port];
    }

    private static async Task AnswersAsync(int port)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (attempt < 200)
            {
                await Task.Delay(50);
            }
        }
    }
}
