using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Programs;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>The program, configured as an operator does it.</summary>
public class ProgramTests
{
    [Fact]
    public async Task Clients_reach_the_node_that_the_registry_names()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        using var backend = new TcpListener(IPAddress.Loopback, 0);
        backend.Start();
        using ZooKeeperWriter writer = await LostTests.SetUpAsync(server, ("s1", backend.LocalEndpoint.ToString()!));
        using var folder = new TemporaryFolder();
        (RunningProgram program, IPEndPoint gateway, _) = await RunningProgram.ServeAsync(
            folder.Path, "common.header_identify=zookeeper", $"zookeeper.connect={server.Connect}", "common.require_registry=true");
        await using (program)
        {
            using FramedClient client = await FramedClient.ConnectAsync(gateway);
            Assert.Equal("ok", await client.GreetAsync("s1"));
            using Socket served = await backend.AcceptSocketAsync();
            using FramedClient stranger = await FramedClient.ConnectAsync(gateway);
            Assert.Equal("error not_found", await stranger.GreetAsync("s2"));
        }
    }

    [Fact]
    public async Task A_password_file_without_a_user_is_a_fault()
    {
        using var folder = new TemporaryFolder();
        folder.Write("zk.secret", "secret\n");
        string file = folder.Write("sluice.toml", """
            [common]
            header_identify = "zookeeper"
            [zookeeper]
            password_file = "zk.secret"
            """);
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(folder.Path, "check", "--config", file);
        Assert.Equal(1, exitCode);
        Assert.Contains(
            output.Concat(errors),
            line => line.Contains(":4:", StringComparison.Ordinal) && line.Contains("write user:password", StringComparison.Ordinal));
    }
}
