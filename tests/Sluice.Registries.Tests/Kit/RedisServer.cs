using System.Globalization;
using System.Net;
using Sluice.Registries.Redis;
using Sluice.Testing.Loops;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.Kit;

/// <summary>A real Redis, with its data in a folder of its own.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly TemporaryFolder _data = new();
    private readonly string[] _clientArguments;
    private ServerProcess _server = null!;

    private RedisServer(int port, string[] clientArguments)
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
        _clientArguments = clientArguments;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts one that keeps every change.</summary>
    /// <param name="arguments">More for redis-server; <c>{port}</c> is its port.</param>
    /// <param name="clientArguments">More for redis-cli.</param>
    public static async Task<RedisServer> StartAsync(string[]? arguments = null, string[]? clientArguments = null)
    {
        var redis = new RedisServer(FreePort.Take(1)[0], clientArguments ?? []);
        string port = redis.EndPoint.Port.ToString(CultureInfo.InvariantCulture);
        string[] more = arguments?.Contains("--tls-port") == true ? [] : ["--port", port];
        redis._server = await ServerProcess.StartAsync(
            "redis-server",
            [
                .. more, "--bind", "127.0.0.1", "--dir", redis._data.Path, "--appendonly", "yes",

                // A write is with the system before it is answered, and so outlives a kill. With a sync each second it may wait for
                // a slow disk.
                "--appendfsync", "no", "--save", "",
                .. (arguments ?? []).Select(argument => argument.Replace("{port}", port, StringComparison.Ordinal)),
            ],
            redis.AnswersAsync);
        return redis;
    }

    /// <summary>Somebody who wants its nodes.</summary>
    public RedisSource Source(
        string prefix = "sluice:nodes:", ListLogger? log = null, string? user = null, string? password = null, int database = 0) =>
        new(
            new RedisOptions { Server = EndPoint, Prefix = prefix, Username = user, Password = password, Database = database },
            log ?? new ListLogger());

    public Task SetAsync(string name, string value, params string[] more) => RunAsync(["set", $"sluice:nodes:{name}", value, .. more]);

    public Task DeleteAsync(string name) => RunAsync("del", $"sluice:nodes:{name}");

    /// <summary>Runs redis-cli.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        (int exitCode, string output) = await TryRunAsync(arguments);
        Assert.True(
            exitCode == 0 && !output.StartsWith("ERR", StringComparison.Ordinal) && !output.StartsWith("NO", StringComparison.Ordinal),
            output);
        return output;
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
        (int exitCode, string output) = await TryRunAsync("ping");
        return exitCode == 0 && output.StartsWith("PONG", StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output)> TryRunAsync(params string[] arguments) =>
        ServerProcess.RunAsync(
            "redis-cli", ["-p", EndPoint.Port.ToString(CultureInfo.InvariantCulture), .. _clientArguments, .. arguments]);
}
