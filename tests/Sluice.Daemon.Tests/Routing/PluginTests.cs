using System.Net;
using System.Net.Sockets;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Routing;

/// <summary><c>sluice run</c> with strategies from plug-ins.</summary>
public sealed class PluginTests : IDisposable
{
    /// <summary>Against hangs alone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_example_sends_each_room_to_its_node()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        (RunningProgram program, IPEndPoint tcp) = await ServeExampleAsync($"{first.LocalEndpoint},{second.LocalEndpoint}");
        await using (program)
        {
            await program.ErrorAsync(line => line.EndsWith(" INF Rooms are spread over 2 nodes", StringComparison.Ordinal));

            // Which node a room has follows from its name alone, so it is the same in every run.
            Assert.Equal(
                [first, second, first, second],
                [await NodeAsync("room:6"), await NodeAsync("room:7"), await NodeAsync("room:6"), await NodeAsync("room:7")]);
            using FramedClient lost = await FramedClient.ConnectAsync(tcp);
            Assert.Equal("error bad_key", await lost.GreetAsync("lobby"));
        }

        async Task<TcpListener> NodeAsync(string room)
        {
            using FramedClient client = await FramedClient.ConnectAsync(tcp);
            Assert.Equal("ok", await client.GreetAsync(room));
            await client.Stream.WriteAsync("hello"u8.ToArray());

            // The client has received ok, so its node has the connection, or gets it in a moment from the system.
            List<Socket> waiting = [first.Server, second.Server];
            Socket.Select(waiting, null, null, Patience);
            TcpListener node = Assert.Single(waiting) == first.Server ? first : second;
            using TcpClient arrived = await node.AcceptTcpClientAsync();
            byte[] received = new byte[5];
            await arrived.GetStream().ReadExactlyAsync(received);
            Assert.Equal("hello"u8, received);
            return node;
        }
    }

    [Fact]
    public async Task A_strategy_that_cannot_start_ends_with_1_and_one_line_that_names_it()
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "run", "--config", Repository.OriginalConfiguration, "--set", "admin.enabled=false",
            "--set", $"plugins.paths={Example.Plugin}", "--set", "common.header_identify=rooms");

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.EndsWith(
            $" CRT Not started: the strategy \"rooms\" of {Example.Plugin} could not start (InvalidOperationException: set "
                + "ROOM_NODES to host:port,host:port)",
            errors[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_strategy_that_throws_ends_that_session_and_no_other()
    {
        PluginWriter.Write(_folder["Mine.dll"], new PluginClass("Mine.A", "mine") { Throws = "ResolveAsync" });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(
            _folder.Path, "plugins.paths=Mine.dll", "common.header_identify=mine", "common.loops=1");
        await using (program)
        {
            using FramedClient waiting = await FramedClient.ConnectAsync(tcp);
            using FramedClient thrown = await FramedClient.ConnectAsync(tcp);

            await Assert.ThrowsAnyAsync<IOException>(() => thrown.GreetAsync("x"));
            await program.ErrorAsync(line => line.Contains("InvalidOperationException: ResolveAsync", StringComparison.Ordinal));

            // The other one is still served: it gets the reason why its frame is rejected.
            await waiting.Stream.WriteAsync(new byte[4]);
            Assert.Equal("error bad_frame", await waiting.ReadFrameAsync());
        }
    }

    [Fact]
    public async Task A_strategy_that_fails_when_it_is_stopped_spoils_nothing()
    {
        PluginWriter.Write(_folder["Mine.dll"], new PluginClass("Mine.A", "mine") { Throws = "StopAsync" });
        (RunningProgram program, _, _) = await RunningProgram.ServeAsync(
            _folder.Path, "plugins.paths=Mine.dll", "common.header_identify=mine");
        await using (program)
        {
            await program.SignalAsync("TERM");
            await program.ErrorAsync(
                line => line.Contains(" WRN The strategy mine of Mine.dll failed when it was stopped", StringComparison.Ordinal));

            Assert.Equal(0, await program.ExitAsync());
        }
    }

    [Fact]
    public async Task Assemblies_of_one_name_live_side_by_side()
    {
        // In one context the second would be taken for the first, as two plug-ins with two versions of one package would be.
        Directory.CreateDirectory(_folder["one"]);
        Directory.CreateDirectory(_folder["two"]);
        PluginWriter.Write(_folder["one/Mine.dll"], new PluginClass("Mine.A", "one"));
        PluginWriter.Write(_folder["two/Mine.dll"], new PluginClass("Mine.A", "two"), new PluginClass("Mine.B", "three"));
        _folder.Write("a.toml", "[plugins]\npaths = [\"one/Mine.dll\", \"two/Mine.dll\"]\n");

        foreach (string name in new[] { "one", "two", "three", "ipHost" })
        {
            (int exitCode, _, _) = await RunningProgram.RunAsync(
                _folder.Path, "check", "-c", "a.toml", "-s", $"common.header_identify={name}");
            Assert.Equal(0, exitCode);
        }
    }

    private async Task<(RunningProgram Program, IPEndPoint Tcp)> ServeExampleAsync(string nodes)
    {
        var program = RunningProgram.Start(
            _folder.Path,
            ["run", "--config", Repository.OriginalConfiguration, "--set", "tcpgate.port=0", "--set", "tcpgate.bind=127.0.0.1",
             "--set", "kcpgate.enabled=false", "--set", "wsgate.enabled=false", .. RunningProgram.WithoutAdmin,
             "--set", $"plugins.paths={Example.Plugin}", "--set", "common.header_identify=rooms"],
            ("ROOM_NODES", nodes));
        string ready = await program.OutputAsync(line => line.StartsWith("ready tcp=", StringComparison.Ordinal));
        return (program, IPEndPoint.Parse(ready["ready tcp=".Length..].Split(' ')[0]));
    }
}
