using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Registries.Tests.Kubernetes;

/// <summary>The program, configured as an operator does it.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task A_pod_that_appears_gets_a_player_and_one_that_ends_gets_no_more()
    {
        using var server = new FakeApiServer();
        using var backend = new TcpListener(IPAddress.Loopback, 0);
        backend.Start();
        using var folder = new TemporaryFolder();
        (RunningProgram program, IPEndPoint gateway, _) = await RunningProgram.ServeAsync(
            folder.Path, "common.header_identify=kubernetes", "common.require_registry=true",
            $"kubernetes.api_server={server.Address.GetLeftPart(UriPartial.Authority)}", "kubernetes.namespace=games",
            "kubernetes.label_selector=app=match, tier in (a)", "kubernetes.port_name=game");
        await using (program)
        {
            Assert.Equal("error not_found", await AskAsync(gateway, "s1"));
            server.Put(Pod(backend));
            await UntilAsync(gateway, "s1", "ok");
            using FramedClient player = await FramedClient.ConnectAsync(gateway);
            Assert.Equal("ok", await player.GreetAsync("s1"));
            server.Put(Pod(backend).Terminating());
            await UntilAsync(gateway, "s1", "error draining");
            server.Put(Pod(backend).Annotated("sluice.io/state", "full"));
            await UntilAsync(gateway, "s1", "error busy");
            server.Stop();
            await program.ErrorAsync(line => line.Contains("is away", StringComparison.Ordinal));
            Assert.Equal("error busy", await AskAsync(gateway, "s1"));
            server.Delete("s1");
            server.Start();
            await UntilAsync(gateway, "s1", "error not_found");
        }
    }

    [Fact]
    public async Task Missing_or_contradictory_settings_are_faults_that_say_what_to_write()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("sluice.toml", """
            [common]
            header_identify = "kubernetes"
            [kubernetes]
            api_server = "http://127.0.0.1:8001"
            token_file = "token"
            port = 7083
            port_name = "game"
            """);
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(folder.Path, "check", "--config", file);
        Assert.Equal(1, exitCode);
        string said = string.Join('\n', output.Concat(errors));
        Assert.Contains("\"app=match\"", said, StringComparison.Ordinal);
        Assert.Contains("write the namespace", said, StringComparison.Ordinal);
        Assert.Contains(":5:", said, StringComparison.Ordinal);
        Assert.Contains("not encrypted", said, StringComparison.Ordinal);
        Assert.Contains(":6:", said, StringComparison.Ordinal);
        Assert.Contains("write either it or port_name", said, StringComparison.Ordinal);
    }

    private static JsonObject Pod(TcpListener backend)
    {
        JsonObject pod = Pods.Ready("s1", "127.0.0.1");
        pod["spec"]!["containers"]![1]!["ports"]![1]!["containerPort"] = ((IPEndPoint)backend.LocalEndpoint).Port;
        return pod;
    }

    private static Task UntilAsync(IPEndPoint gateway, string key, string expected) =>
        Answers.UntilAsync(() => AskAsync(gateway, key), key, expected);

    private static async Task<string> AskAsync(IPEndPoint gateway, string key)
    {
        using FramedClient client = await FramedClient.ConnectAsync(gateway);
        return await client.GreetAsync(key);
    }
}
