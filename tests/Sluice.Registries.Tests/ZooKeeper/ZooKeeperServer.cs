using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Loops;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>
/// A real ZooKeeper on a free port, with its data in a folder of its own. Its clock ticks fast, so that sessions may be short.
/// </summary>
public sealed class ZooKeeperServer : IAsyncLifetime, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private ServerProcess? _process;

    public int Port { get; } = FreePort.Take(1)[0];

    public string Connect => $"127.0.0.1:{Port}";

    internal ServerProcess Process => _process!;

    public static async Task<ZooKeeperServer> StartedAsync()
    {
        var server = new ZooKeeperServer();
        await server.InitializeAsync();
        return server;
    }

    public async ValueTask InitializeAsync()
    {
        string configuration = _folder.Write("zoo.cfg", $"""
            tickTime=100
            maxSessionTimeout=120000
            dataDir={_folder.Path}/data
            clientPort={Port}
            clientPortAddress=127.0.0.1
            admin.enableServer=false
            4lw.commands.whitelist=*
            """);
        _process = await ServerProcess.StartAsync(
            "java",
            [
                "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.forceSync=no",
                "-cp", "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-nop.jar",
                "org.apache.zookeeper.server.quorum.QuorumPeerMain", configuration,
            ],
            AnswersAsync);
    }

    public Task KillAsync() => Process.KillAsync();

    public Task StartAgainAsync() => Process.StartAsync(AnswersAsync);

    /// <summary>As after a disaster: the ensemble is there again, without anything that was in it.</summary>
    public void LoseData() => Directory.Delete(Path.Combine(_folder.Path, "data"), recursive: true);

    /// <summary>The sessions that it knows, whether their client is connected or not.</summary>
    public async Task<string[]> SessionsAsync()
    {
        string dump = await AskAsync("dump", Observed.HungAfter);
        return [
            .. dump.Split('\n').Select(line => line.Trim()).Where(
                line => line.StartsWith("0x", StringComparison.Ordinal) && !line.EndsWith(':')),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            // Another test's server may have taken the port while this one was down: its folder says who answers.
            // A server that is still starting may take a question and never answer it.
            return (await AskAsync("conf", TimeSpan.FromSeconds(2))).Contains(_folder.Path, StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<string> AskAsync(string word, TimeSpan longest)
    {
        using var patience = new CancellationTokenSource(longest);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, patience.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(word), patience.Token);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(patience.Token);
    }
}
