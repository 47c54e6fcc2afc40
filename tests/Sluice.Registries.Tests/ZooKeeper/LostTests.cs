using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>The registry goes away and comes back, in every way that it can.</summary>
public class LostTests
{
    [Fact]
    public async Task Killed_and_restarted_known_nodes_route_and_changes_are_seen_again()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        await SetUpAsync(server, ("s1", "10.0.0.1:7000"), ("s2", "10.0.0.2:7000"));
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(server.Connect);
        await server.KillAsync();
        await nodes.UntilAsync(() => nodes.Resolver.Problem is not null);
        Assert.Contains(server.Connect, nodes.Resolver.Problem, StringComparison.Ordinal);
        Assert.Equal("10.0.0.1:7000", nodes["s1"]);

        await server.StartAgainAsync();
        using ZooKeeperWriter writer = await ZooKeeperWriter.ConnectAsync(server);
        await writer.DeleteAsync(WatchedNodes.Folder + "/s1");
        await writer.SetAsync(WatchedNodes.Folder + "/s2", "10.0.0.3:7000");
        await nodes.HasAsync("s1", "NotFound");
        await nodes.HasAsync("s2", "10.0.0.3:7000");

        // The last node of a load is in the table a moment before the load is reported.
        await nodes.UntilAsync(() => nodes.Resolver.Problem is null);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_noticed_and_reconnected()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        await SetUpAsync(server, ("s1", "10.0.0.1:7000"));
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(server.Connect, sessionTimeout: TimeSpan.FromSeconds(1));
        await server.Process.FreezeAsync();
        await nodes.UntilAsync(() => nodes.Resolver.Problem?.Contains("did not answer within", StringComparison.Ordinal) == true);
        Assert.Equal("10.0.0.1:7000", nodes["s1"]);
        await server.Process.ThawAsync();
        using ZooKeeperWriter writer = await ZooKeeperWriter.ConnectAsync(server);
        await writer.SetAsync(WatchedNodes.Folder + "/s1", "10.0.0.2:7000");
        await nodes.HasAsync("s1", "10.0.0.2:7000");
    }

    [Fact]
    public async Task An_idle_session_is_kept_alive()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        using var relay = new CutRelay(server);
        await using WatchedNodes idle = await WatchedNodes.LoadedAsync(relay.Connect, sessionTimeout: TimeSpan.FromSeconds(6));
        string[] session = await server.SessionsAsync();

        // At a third of the timeout each: so many take longer than the session would live without them. A machine that stands still for
        // seconds is
        // no reason to lose it.
        await idle.UntilAsync(() => relay.Pings >= 5);
        Assert.Equal(session, await server.SessionsAsync());
    }

    [Fact]
    public async Task A_short_interruption_keeps_the_session_and_loses_no_change()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        using ZooKeeperWriter writer = await SetUpAsync(server, ("s1", "10.0.0.1:7000"), ("s2", "10.0.0.2:7000"));
        string[] before = await server.SessionsAsync();
        using var relay = new CutRelay(server);
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(relay.Connect);
        string[] during = await server.SessionsAsync();
        Assert.Single(during.Except(before));
        relay.Cut();
        await nodes.UntilAsync(() => nodes.Resolver.Problem is not null);
        await writer.DeleteAsync(WatchedNodes.Folder + "/s1");
        await writer.SetAsync(WatchedNodes.Folder + "/s2", "10.0.2.2:7000");
        await writer.CreateAsync(WatchedNodes.Folder + "/s3", "10.0.0.3:7000");
        relay.Restore();
        await nodes.HasAsync("s1", "NotFound");
        await nodes.HasAsync("s2", "10.0.2.2:7000");
        await nodes.HasAsync("s3", "10.0.0.3:7000");
        Assert.Equal(during.Order(), (await server.SessionsAsync()).Order());
    }

    [Fact]
    public async Task An_expired_session_is_replaced()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        using ZooKeeperWriter writer = await SetUpAsync(server, ("s1", "10.0.0.1:7000"));
        string[] before = await server.SessionsAsync();
        using var relay = new CutRelay(server);
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(relay.Connect, sessionTimeout: TimeSpan.FromSeconds(2));
        relay.Cut();
        await UntilAsync(async () => (await server.SessionsAsync()).Length == before.Length);
        await writer.SetAsync(WatchedNodes.Folder + "/s1", "10.0.0.2:7000");
        relay.Restore();
        await nodes.HasAsync("s1", "10.0.0.2:7000");
        await writer.SetAsync(WatchedNodes.Folder + "/s1", "10.0.0.3:7000");
        await nodes.HasAsync("s1", "10.0.0.3:7000");
    }

    [Fact]
    public async Task Stopping_ends_the_session_at_the_server()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        WatchedNodes nodes = await WatchedNodes.LoadedAsync(server.Connect);
        Assert.Single(await server.SessionsAsync());
        await nodes.DisposeAsync();

        // By itself it would live for longer than this waits.
        await UntilAsync(async () => (await server.SessionsAsync()).Length == 0);
    }

    [Fact]
    public async Task A_server_before_3_6_is_watched_without_recursive_watches()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        using ZooKeeperWriter writer = await SetUpAsync(server, ("s1", "10.0.0.1:7000"));
        using var old = new CutRelay(server, before36: true);
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(old.Connect);
        await writer.SetAsync(WatchedNodes.Folder + "/s1", "10.0.0.2:7000");
        await nodes.HasAsync("s1", "10.0.0.2:7000");
        await writer.CreateAsync(WatchedNodes.Folder + "/s2", "10.0.0.3:7000");
        await nodes.HasAsync("s2", "10.0.0.3:7000");
        Assert.Equal(1, old.Hidden);
    }

    [Fact]
    public async Task Servers_that_are_down_are_skipped()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        await SetUpAsync(server, ("s1", "10.0.0.1:7000"));
        int[] dead = FreePort.Take(2);
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync($"127.0.0.1:{dead[0]},127.0.0.1:{server.Port},localhost:{dead[1]}");
        Assert.Equal("10.0.0.1:7000", nodes["s1"]);
    }

    [Fact]
    public async Task A_server_that_accepts_and_never_answers_is_soon_tried_again()
    {
        // A server that is still starting may do this. The session timeout of these tests, a minute, is not waited for.
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        await SetUpAsync(server, ("s1", "10.0.0.1:7000"));
        using var relay = new CutRelay(server) { Mute = true };
        await using WatchedNodes nodes = await WatchedNodes.StartAsync(relay.Connect, openingTimeout: TimeSpan.FromMilliseconds(500));
        await nodes.UntilAsync(() => nodes.Resolver.Problem?.Contains("did not answer within 0.5 s", StringComparison.Ordinal) == true);
        relay.Mute = false;
        await nodes.HasAsync("s1", "10.0.0.1:7000");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_ensemble_that_was_set_up_again_without_its_data_is_accepted(bool anotherIsDown)
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartedAsync();
        await SetUpAsync(server, ("s1", "10.0.0.1:7000"), ("s2", "10.0.0.2:7000"));
        string others = anotherIsDown ? $",127.0.0.1:{FreePort.Take(1)[0]}" : "";
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(server.Connect + others);
        await server.KillAsync();
        server.LoseData();
        await server.StartAgainAsync();
        await nodes.HasAsync("s1", "NotFound");
        await nodes.UntilAsync(() => nodes.Resolver.Problem is null);
    }

    [Fact]
    public async Task A_registry_that_is_missing_at_the_start_is_waited_for()
    {
        var server = new ZooKeeperServer();
        await using WatchedNodes nodes = await WatchedNodes.StartAsync(server.Connect);
        await nodes.UntilAsync(() => nodes.Resolver.Problem?.Contains("refused", StringComparison.OrdinalIgnoreCase) == true);
        Assert.Equal("Unreachable", nodes["s1"]);
        await server.InitializeAsync();
        await SetUpAsync(server, ("s1", "10.0.0.1:7000"));
        await nodes.HasAsync("s1", "10.0.0.1:7000");
        await server.DisposeAsync();
    }

    internal static async Task<ZooKeeperWriter> SetUpAsync(ZooKeeperServer server, params (string Name, string Value)[] nodes)
    {
        ZooKeeperWriter writer = await ZooKeeperWriter.ConnectAsync(server);
        await writer.CreateAsync("/sluice");
        await writer.CreateAsync(WatchedNodes.Folder);
        await writer.CreateManyAsync(nodes.Select(node => ($"{WatchedNodes.Folder}/{node.Name}", node.Value)));
        return writer;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        while (!await condition())
        {
            await Task.Delay(20, hung.Token);
        }
    }
}
