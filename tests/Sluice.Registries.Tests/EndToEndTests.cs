using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests;

/// <summary>The program as a user runs it: nodes register with the registry's own tools, players name them.</summary>
public sealed class EndToEndTests
{
    [Fact]
    public async Task A_node_that_registers_in_etcd_gets_a_player()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await PlayAsync(
            (name, value) => etcd.PutAsync(name, value), etcd.DeleteAsync, etcd.KillAsync, etcd.RestartAsync,
            "common.header_identify=etcd", $"etcd.endpoints={etcd.Address}");
    }

    [Fact]
    public async Task A_node_that_registers_in_Redis_gets_a_player()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await PlayAsync(
            (name, value) => redis.SetAsync(name, value), redis.DeleteAsync, redis.KillAsync, redis.RestartAsync,
            "common.header_identify=redis", $"redis.connect={redis.EndPoint}");
    }

    [Fact]
    public async Task A_configured_node_gets_a_player_despite_a_dead_address()
    {
        using var folder = new TemporaryFolder();
        using var echo = new EchoServer();
        string dead = $"127.0.0.1:{FreePort.Take(1)[0]}";
        (RunningProgram program, IPEndPoint gateway, _) = await RunningProgram.ServeAsync(
            folder.Path, "common.header_identify=static", $"static.nodes.s1={echo.Address}", $"static.nodes.s2={dead},{echo.Address}",
            $"static.nodes.s3={echo.Address},{dead}");
        await using (program)
        {
            foreach (string name in new[] { "s1", "s2", "s3" })
            {
                Assert.Equal("ok hello", await AskAsync(gateway, name));
            }

            Assert.Equal("error not_found", await AskAsync(gateway, "s4"));
            Assert.Equal("error not_found", await AskAsync(gateway, echo.Address));
        }
    }

    [Fact]
    public async Task A_missing_required_registry_gives_one_clear_line_and_exit_code_1()
    {
        using var folder = new TemporaryFolder();
        string port = FreePort.Take(1)[0].ToString(CultureInfo.InvariantCulture);
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            folder.Path, "run", "--config", Repository.OriginalConfiguration, "--set", "tcpgate.port=0", "--set", "kcpgate.enabled=false",
            "--set", "wsgate.enabled=false",
            "--set", "admin.enabled=false", "--set", "common.header_identify=etcd", "--set", "common.require_registry=true", "--set",
            $"etcd.endpoints=http://127.0.0.1:{port}");

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains(errors, line => line.Contains("could not be loaded within 30 s", StringComparison.Ordinal)
            && line.Contains(port, StringComparison.Ordinal)
            && line.Contains("require_registry = false", StringComparison.Ordinal));
    }

    private static async Task PlayAsync(
        Func<string, string, Task> put, Func<string, Task> delete, Func<Task> kill, Func<Task> restart, params string[] settings)
    {
        using var folder = new TemporaryFolder();
        using var echo = new EchoServer();
        (
            RunningProgram program,
            IPEndPoint gateway,
            string ready) = await RunningProgram.ServeAsync(folder.Path, ["admin.port=0", .. settings]);
        using var admin = new AdminClient(ready);
        await using (program)
        {
            // The start waits for the registry only so long, and a busy machine takes longer.
            await UntilAsync(gateway, "s1", "error not_found");
            await put("s1", echo.Address);
            await UntilAsync(gateway, "s1", "ok hello");
            Assert.Equal((200, "ready\n"), await admin.AskAsync("/readyz"));
            await put("s1", $$"""{"host":"127.0.0.1","port":{{echo.Port}},"state":"draining"}""");
            await UntilAsync(gateway, "s1", "error draining");
            await put("s1", $$"""{"host":"127.0.0.1","port":{{echo.Port}},"state":"full"}""");
            await UntilAsync(gateway, "s1", "error busy");
            await put("s1", "nonsense");
            await UntilAsync(gateway, "s1", "error not_found");
            await program.ErrorAsync(line => line.Contains("\"s1\" is ignored", StringComparison.Ordinal));
            await put("s1", $$"""{"host":"127.0.0.1","port":{{echo.Port}},"protocol":"tcp"}""");
            await put("s2", echo.Address);
            await UntilAsync(gateway, "s2", "ok hello");

            // Metadata services of clouds stay out of reach, whoever writes them into a registry.
            await put("s3", "169.254.169.254:80");
            await UntilAsync(gateway, "s3", "error denied");

            await kill();
            await program.ErrorAsync(line => line.Contains("is away", StringComparison.Ordinal));
            Assert.Equal("ok hello", await AskAsync(gateway, "s1"));
            (int status, string state) = await admin.AskAsync("/readyz");
            Assert.Equal(200, status);
            Assert.Matches("^ready\n.+ is away: .+\n$", state);
            await restart();
            await delete("s1");
            await UntilAsync(gateway, "s1", "error not_found");
            Assert.Equal("ok hello", await AskAsync(gateway, "s2"));
        }
    }

    private static Task UntilAsync(IPEndPoint gateway, string key, string expected) =>
        Answers.UntilAsync(() => AskAsync(gateway, key), key, expected);

    private static async Task<string> AskAsync(IPEndPoint gateway, string key)
    {
        using FramedClient client = await FramedClient.ConnectAsync(gateway);
        string answer = await client.GreetAsync(key);
        return answer == "ok" ? $"{answer} {await client.EchoAsync("hello")}" : answer;
    }

    /// <summary>A node: it sends back what it gets.</summary>
    private sealed class EchoServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public EchoServer()
        {
            _listener.Start();
            _ = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public string Address => $"127.0.0.1:{Port}";

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _ = EchoAsync(client);
            }
        }

        private static async Task EchoAsync(TcpClient client)
        {
            using (client)
            {
                await client.GetStream().CopyToAsync(client.GetStream());
            }
        }
    }
}
