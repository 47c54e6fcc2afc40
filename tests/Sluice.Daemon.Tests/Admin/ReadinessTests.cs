using System.Net;
using Sluice.Demo;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Daemon.Tests.Admin;

/// <summary>
/// The answers to a load balancer, from the start to the end. The tests of the registries cover a registry that is lost: the gateway stays
/// ready.
/// </summary>
public sealed class ReadinessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_starting_while_a_registry_that_it_needs_is_waited_for()
    {
        await using var program = RunningProgram.Start(
            _folder.Path,
            ["run", "-c", Repository.OriginalConfiguration, "-s", "tcpgate.port=0", "-s", "kcpgate.enabled=false", "-s",
            "wsgate.enabled=false", "-s", "admin.port=0",
             "-s", "common.header_identify=redis", "-s", "common.require_registry=true", "-s", $"redis.connect={Nowhere()}"]);
        using var admin = new AdminClient(
            await program.ErrorAsync(line => line.Contains("Admin endpoint on http://", StringComparison.Ordinal)));
        await program.ErrorAsync(line => line.Contains("is away", StringComparison.Ordinal));

        (int status, string body) = await admin.AskAsync("/readyz");
        Assert.Equal(503, status);
        Assert.Matches("^starting\nRedis at .+ is away: .+\n$", body);
        Assert.Equal((200, "ok\n"), await admin.AskAsync("/healthz"));
        Assert.Equal(0, (await admin.MetricsAsync())["sluice_registry_ready{strategy=\"redis\"}"]);
    }

    [Fact]
    public async Task It_is_starting_as_long_as_its_registry_was_never_there()
    {
        (RunningProgram program, _, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", "common.header_identify=redis", $"redis.connect={Nowhere()}");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            (int status, string body) = await admin.AskAsync("/readyz");
            Assert.Equal(503, status);
            Assert.Matches("^starting\nRedis at .+\n$", body);
        }
    }

    [Fact]
    public async Task Without_the_token_only_the_state_is_told()
    {
        const string Token = "0123456789abcdef";
        (RunningProgram program, _, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", $"admin.token={Token}", "common.header_identify=redis", $"redis.connect={Nowhere()}");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            Assert.Equal((503, "starting\n"), await admin.AskAsync("/readyz"));
            Assert.Contains("starting\nRedis at ", (await admin.AskAsync("/readyz", $"Bearer {Token}")).Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nodes_of_the_configuration_are_there_from_the_start()
    {
        (RunningProgram program, _, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", "common.header_identify=static", "static.nodes.s1=127.0.0.1:7083");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            Assert.Equal((200, "ready\n"), await admin.AskAsync("/readyz"));
            Assert.Equal(0, (await admin.MetricsAsync())["sluice_memory_short"]);
            Assert.Equal(1, (await admin.MetricsAsync())["sluice_registry_nodes{strategy=\"static\"}"]);
        }
    }

    [Fact]
    public async Task Above_its_memory_it_takes_nobody_and_says_so()
    {
        (RunningProgram program, _, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", "limits.max_memory_bytes=1000");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            (int status, string body) = await admin.AskAsync("/readyz");
            Assert.Equal(
                (503, "busy\nthe process has more memory than [limits] max_memory_bytes = 1000: new clients are rejected\n"),
                (status, body));
            Assert.Equal(1, (await admin.MetricsAsync())["sluice_memory_short"]);
            Assert.Equal((200, "ok\n"), await admin.AskAsync("/healthz"));
        }
    }

    [Fact]
    public async Task From_the_signal_to_the_last_session_it_is_draining()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, string ready) = await RunningProgram.ServeAsync(
            _folder.Path, "admin.port=0", "common.drain_timeout=3600");
        using var admin = new AdminClient(ready);
        await using (program)
        {
            using FramedClient live = await FramedClient.ConnectAsync(tcp);
            await live.GreetAsync(backend.EndPoint);
            await program.SignalAsync("TERM");
            await program.ErrorAsync(line => line.Contains("Draining: 1 sessions", StringComparison.Ordinal));

            Assert.Equal((503, "draining\n"), await admin.AskAsync("/readyz"));
            Assert.Equal((200, "ok\n"), await admin.AskAsync("/healthz"));
            Assert.Equal(1, (await admin.MetricsAsync())["sluice_sessions{protocol=\"tcp\"}"]);

            live.Dispose();
            Assert.Equal(0, await program.ExitAsync());
        }
    }

    /// <summary>An address where nothing listens.</summary>
    private static IPEndPoint Nowhere() => new(IPAddress.Loopback, FreePort.Take(IPAddress.Loopback));
}
