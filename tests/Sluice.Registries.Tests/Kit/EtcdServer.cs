using System.Net.Sockets;
using Sluice.Registries.Etcd;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.Kit;

/// <summary>A real etcd of one member, with its data in a folder of its own.</summary>
internal sealed class EtcdServer : IAsyncDisposable
{
    /// <summary>By default etcdctl gives up after five seconds, which a busy disk may take.</summary>
    private static readonly string[] Patience = ["--command-timeout", "50s", "--dial-timeout", "50s"];

    private readonly TemporaryFolder _data = new();
    private readonly int _port;
    private readonly string[] _clientArguments;
    private ServerProcess _server = null!;

    private EtcdServer(int port, string scheme, string[] clientArguments)
    {
        _port = port;
        _clientArguments = clientArguments;
        Endpoint = new Uri($"{scheme}://127.0.0.1:{port}");
    }

    public Uri Endpoint { get; }

    /// <summary>The endpoint without a path, as etcd's own programs want it.</summary>
    public string Address => Endpoint.GetLeftPart(UriPartial.Authority);

    /// <summary>Starts one.</summary>
    /// <param name="scheme">http or https.</param>
    /// <param name="arguments">More for etcd.</param>
    /// <param name="clientArguments">More for etcdctl.</param>
    public static async Task<EtcdServer> StartAsync(string scheme = "http", string[]? arguments = null, string[]? clientArguments = null)
    {
        int[] ports = FreePort.Take(2);
        var etcd = new EtcdServer(ports[0], scheme, clientArguments ?? []);
        string peer = $"http://127.0.0.1:{ports[1]}";
        etcd._server = await ServerProcess.StartAsync(
            "etcd",
            [
                "--data-dir", etcd._data["data"], "--listen-client-urls", etcd.Address, "--advertise-client-urls", etcd.Address,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}",
                "--logger", "zap", .. arguments ?? [],
            ],
            etcd.AnswersAsync);
        return etcd;
    }

    /// <summary>Somebody who wants its nodes.</summary>
    public EtcdSource Source(string prefix = "/sluice/nodes/") => new(new EtcdOptions { Endpoints = [Endpoint], Prefix = prefix });

    public Task PutAsync(string name, string value, params string[] more) => RunAsync(["put", $"/sluice/nodes/{name}", value, .. more]);

    public Task DeleteAsync(string name) => RunAsync("del", $"/sluice/nodes/{name}");

    /// <summary>Runs etcdctl.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        (int exitCode, string output) = await TryRunAsync([.. Patience, .. arguments]);
        Assert.True(exitCode == 0, output);
        return output;
    }

    /// <summary>Runs etcdctl with a file as its input.</summary>
    public async Task RunWithInputAsync(string file, params string[] arguments)
    {
        (int exitCode, string output) = await ServerProcess.RunAsync(
            "sh", ["-c", "f=$1; shift; exec \"$@\" <\"$f\"", "sh", file, .. EtcdCtl, .. Patience, .. arguments]);
        Assert.True(exitCode == 0, output);
    }

    public Task KillAsync() => _server.KillAsync();

    public Task FreezeAsync() => _server.FreezeAsync();

    public Task ThawAsync() => _server.ThawAsync();

    /// <summary>Starts it again with the data that it had.</summary>
    public Task RestartAsync() => _server.StartAsync(AnswersAsync);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _data.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync("127.0.0.1", _port);
        }
        catch (SocketException)
        {
            return false;
        }

        (int exitCode, _) = await TryRunAsync("endpoint", "health");
        return exitCode == 0;
    }

    private string[] EtcdCtl => ["env", "ETCDCTL_API=3", "etcdctl", "--endpoints", Address, .. _clientArguments];

    private Task<(int ExitCode, string Output)> TryRunAsync(params string[] arguments) =>
        ServerProcess.RunAsync(EtcdCtl[0], [.. EtcdCtl[1..], .. arguments]);
}
