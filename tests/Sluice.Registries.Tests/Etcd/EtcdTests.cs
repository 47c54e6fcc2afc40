using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Etcd;
using Sluice.Registries.Tests.Kit;
using Sluice.Testing.Loops;
using Sluice.Testing.Programs;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.Etcd;

/// <summary>Nodes in a real etcd: loaded, watched, lost and found again.</summary>
public sealed class EtcdTests
{
    [Fact]
    public async Task Existing_nodes_are_found_and_changes_are_seen()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await etcd.PutAsync("s1", "10.0.0.5:7083");
        await etcd.PutAsync("s2", """{"host":"10.0.0.6","port":7083,"state":"draining"}""");
        await etcd.PutAsync("s3", """{"host":"10.0.0.7","port":7083,"state":"full"}""");
        await etcd.PutAsync("bad", "nonsense");
        await etcd.RunAsync("put", "/sluice/nodes", "10.0.0.9:1");
        await etcd.RunAsync("put", "/sluice/nodes/", "10.0.0.9:1");
        await etcd.RunAsync("put", "/sluice/nodes0", "10.0.0.9:1");

        await using Registry registry = await Registry.LoadedAsync(etcd.Source());
        Assert.Equal(3, registry.Count);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        Assert.Equal("Draining", registry["s2"]);
        Assert.Equal("Busy", registry["s3"]);
        Assert.Equal("NotFound", registry["bad"]);
        Assert.Equal("NotFound", registry["0"]);
        Assert.Contains(registry.Log.Lines, line => line.Id == 33 && line.Text.Contains("\"bad\"", StringComparison.Ordinal));

        await etcd.PutAsync("s4", "10.0.0.8:7083");
        await registry.UntilAsync(() => registry["s4"] == "10.0.0.8:7083");
        await etcd.PutAsync("s1", "10.0.0.5:7084");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:7084");
        await etcd.PutAsync("bad", "10.0.0.5:1");
        await registry.UntilAsync(() => registry["bad"] == "10.0.0.5:1");
        await etcd.PutAsync("s1", "nonsense");
        await registry.UntilAsync(() => registry["s1"] == "NotFound");
        await etcd.DeleteAsync("s4");
        await registry.UntilAsync(() => registry["s4"] == "NotFound");
        Assert.Null(registry.Problem);
    }

    [Fact]
    public async Task A_node_disappears_when_its_lease_ends()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await using Registry registry = await Registry.LoadedAsync(etcd.Source());

        // Long enough for a busy machine to put its node and to see it before it ends.
        string lease = (await etcd.RunAsync("lease", "grant", "10")).Split(' ')[1];
        await etcd.PutAsync("s1", "10.0.0.5:7083", $"--lease={lease}");
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.5:7083");
        await registry.UntilAsync(() => registry["s1"] == "NotFound");
    }

    [Fact]
    public async Task A_killed_server_keeps_its_nodes_and_missed_changes_are_seen()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await etcd.PutAsync("s1", "10.0.0.5:7083");
        await etcd.PutAsync("s2", "10.0.0.6:7083");
        await using Registry registry = await Registry.LoadedAsync(etcd.Source());

        await etcd.KillAsync();
        await registry.UntilAsync(() => registry.Problem is not null);
        Assert.Contains("is away", registry.Problem, StringComparison.Ordinal);
        await registry.UntilAsync(() => registry.Log.Count(32) >= 2);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        Assert.Equal(1, registry.Log.Count(31));

        await etcd.RestartAsync();
        await etcd.DeleteAsync("s1");
        await etcd.PutAsync("s3", "10.0.0.7:7083");
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "NotFound" && registry["s3"] == "10.0.0.7:7083");
        Assert.Equal("10.0.0.6:7083", registry["s2"]);
    }

    [Fact]
    public async Task A_server_whose_connection_hangs_is_lost_too()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await etcd.PutAsync("s1", "10.0.0.5:7083");
        await using Registry registry = await Registry.LoadedAsync(etcd.Source());

        await etcd.FreezeAsync();
        await registry.UntilAsync(() => registry.Problem is not null);
        Assert.Contains("no answer within 3 s", registry.Problem, StringComparison.Ordinal);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);

        await etcd.ThawAsync();
        await etcd.PutAsync("s1", "10.0.0.5:7084");
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "10.0.0.5:7084");
    }

    [Fact]
    public async Task A_server_that_is_missing_at_the_start_is_retried_until_it_answers()
    {
        int port = FreePort.Take(1)[0];
        await using Registry registry = await Registry.StartAsync(
            new EtcdSource(new EtcdOptions { Endpoints = [new Uri($"http://127.0.0.1:{port}")] }));
        await registry.UntilAsync(() => registry.Log.Count(32) >= 2);
        Assert.Contains("Connection refused", registry.Problem, StringComparison.Ordinal);
        Assert.Equal("Unreachable", registry["s1"]);
    }

    [Fact]
    public async Task A_dead_endpoint_is_skipped_and_a_lost_one_replaced()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await using EtcdServer other = await EtcdServer.StartAsync();
        await etcd.PutAsync("s1", "10.0.0.5:1");
        await other.PutAsync("s1", "10.0.0.5:2");
        var dead = new Uri($"http://127.0.0.1:{FreePort.Take(1)[0]}");
        await using Registry registry = await Registry.LoadedAsync(
            new EtcdSource(new EtcdOptions { Endpoints = [dead, etcd.Endpoint, other.Endpoint] }));
        Assert.Equal(0, registry.Log.Count(31));
        Assert.Equal("10.0.0.5:1", registry["s1"]);

        await etcd.KillAsync();
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "10.0.0.5:2");
        Assert.Equal(1, registry.Log.Count(31));
    }

    /// <summary>More than one page, and names whose order is not that of numbers.</summary>
    [Fact]
    public async Task Thousands_of_nodes_are_loaded_in_pages_and_thousands_of_changes_applied()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        await PutManyAsync(etcd, 3500, 1);
        await using Registry registry = await Registry.LoadedAsync(etcd.Source());
        Assert.Equal(3500, registry.Count);
        Assert.All(Enumerable.Range(0, 3500), i => Assert.Equal("10.0.0.5:1", registry[$"n{i}"]));

        await PutManyAsync(etcd, 10_000, 2);
        await registry.UntilAsync(() => registry.Count == 10_000 && registry["n9999"] == "10.0.0.5:2");
        Assert.All(Enumerable.Range(0, 10_000), i => Assert.Equal("10.0.0.5:2", registry[$"n{i}"]));
        Assert.Null(registry.Problem);
        Assert.Equal(0, registry.Log.Count(31));
    }

    /// <summary>A page of such values is larger than what is taken at once.</summary>
    [Fact]
    public async Task Huge_values_of_others_do_not_prevent_loading()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync(arguments: ["--max-request-bytes", "8000000"]);
        using var file = new TemporaryFolder();
        string huge = file.Write("huge", new string('x', 1_000_000));
        for (int i = 0; i < 24; i++)
        {
            await etcd.RunWithInputAsync(huge, "put", $"/sluice/nodes/h{i}");
        }

        await etcd.PutAsync("s1", "10.0.0.5:7083");
        await using Registry registry = await Registry.LoadedAsync(etcd.Source());
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        Assert.Equal(1, registry.Count);
        Assert.Equal(24, registry.Log.Count(33));
    }

    /// <summary>
    /// A watch that begins at a compacted revision just ends, and everything is loaded again. A failure would be reported as an outage.
    /// </summary>
    [Fact]
    public async Task A_compacted_history_is_not_an_outage()
    {
        await using EtcdServer etcd = await EtcdServer.StartAsync();
        for (int i = 1; i < 9; i++)
        {
            await etcd.PutAsync("s1", $"10.0.0.5:{i}");
        }

        await etcd.RunAsync("compact", "8");
        var nodes = new NodeTable();
        using var session = new EtcdSession(etcd.Endpoint, new EtcdOptions { Endpoints = [etcd.Endpoint] });
        await session.WatchAsync(nodes, nodes.BeginLoad(), 3, CancellationToken.None).WaitAsync(Observed.HungAfter);

        await using Registry registry = await Registry.LoadedAsync(etcd.Source());
        Assert.Equal("10.0.0.5:8", registry["s1"]);
    }

    private static async Task PutManyAsync(EtcdServer etcd, int count, int port)
    {
        using var folder = new TemporaryFolder();
        for (int from = 0; from < count; from += 120)
        {
            string puts = string.Concat(
                Enumerable.Range(from, Math.Min(120, count - from)).Select(i => $"put /sluice/nodes/n{i} 10.0.0.5:{port}\n"));
            string file = folder.Write("txn", $"\n{puts}\n\n");
            await etcd.RunWithInputAsync(file, "txn");
        }
    }
}
