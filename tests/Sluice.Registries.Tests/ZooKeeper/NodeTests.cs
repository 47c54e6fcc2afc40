using Sluice.Testing.Loops;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>
/// Answers to clients while nodes come, change and go, with recursive watches and with those of servers before 3.6.
/// </summary>
public class NodeTests(ZooKeeperServer server) : IClassFixture<ZooKeeperServer>
{
    private static int _roots;

    private readonly string _root = $"/test{Interlocked.Increment(ref _roots)}";

    public static TheoryData<bool> Watches => [true, false];

    private string Connect => server.Connect + _root;

    [Theory]
    [MemberData(nameof(Watches))]
    public async Task Nodes_are_loaded_and_every_change_is_seen(bool recursive)
    {
        using ZooKeeperWriter writer = await FolderAsync();
        await writer.CreateAsync(_root + "/sluice/nodes/s1", "10.0.0.1:7000");
        await writer.CreateAsync(_root + "/sluice/nodes/s1/below", "10.9.9.9:9999");
        await writer.CreateAsync(_root + "/sluice/nodes/s2", "10.0.0.2:7000");
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(Connect, recursive: recursive);
        Assert.Equal("10.0.0.1:7000", nodes["s1"]);
        Assert.Equal("10.0.0.2:7000", nodes["s2"]);
        Assert.Equal("NotFound", nodes["s1/below"]);

        await writer.CreateAsync(_root + "/sluice/nodes/s3", "[\"10.0.0.3:7000\"]");
        await nodes.HasAsync("s3", "10.0.0.3:7000");
        for (int i = 1; i <= 50; i++)
        {
            // Each is a watch that has to be set anew, where watches serve once.
            await writer.SetAsync(_root + "/sluice/nodes/s1", $"10.0.1.{i}:7000");
            await nodes.HasAsync("s1", $"10.0.1.{i}:7000");
        }

        await writer.SetAsync(_root + "/sluice/nodes/s1", "{\"host\":\"10.0.0.1\",\"port\":7000,\"state\":\"draining\"}");
        await nodes.HasAsync("s1", "Draining");
        await writer.DeleteAsync(_root + "/sluice/nodes/s2");
        await nodes.HasAsync("s2", "NotFound");
        await writer.CreateAsync(_root + "/sluice/nodes/s2", "10.0.2.2:7000");
        await nodes.HasAsync("s2", "10.0.2.2:7000");
        await writer.SetAsync(_root + "/sluice/nodes/s2", "10.0.2.3:7000");
        await nodes.HasAsync("s2", "10.0.2.3:7000");
        Assert.Equal(3, nodes.Resolver.KnownNodes);
    }

    [Theory]
    [MemberData(nameof(Watches))]
    public async Task The_path_may_be_created_later_and_removed_and_created_again(bool recursive)
    {
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(Connect, recursive: recursive);
        Assert.Equal("NotFound", nodes["s1"]);
        for (int round = 1; round <= 3; round++)
        {
            using ZooKeeperWriter writer = await FolderAsync();
            await writer.CreateAsync(_root + "/sluice/nodes/s1", $"10.0.0.{round}:7000");
            await nodes.HasAsync("s1", $"10.0.0.{round}:7000");
            await writer.DeleteAsync(_root + "/sluice/nodes/s1");
            await writer.DeleteAsync(_root + "/sluice/nodes");
            await writer.DeleteAsync(_root + "/sluice");
            await writer.DeleteAsync(_root);
            await nodes.HasAsync("s1", "NotFound");
        }
    }

    [Theory]
    [MemberData(nameof(Watches))]
    public async Task After_a_storm_of_changes_nothing_is_lost(bool recursive)
    {
        using ZooKeeperWriter writer = await FolderAsync();
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(Connect, recursive: recursive);
        var random = new Random(7);
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < 1000; i++)
        {
            string name = $"s{random.Next(20)}";
            string value = $"10.0.{i / 250}.{i % 250}:7000";
            if (!expected.ContainsKey(name))
            {
                await writer.CreateAsync($"{_root}/sluice/nodes/{name}", value);
                expected[name] = value;
            }
            else if (random.Next(3) == 0)
            {
                await writer.DeleteAsync($"{_root}/sluice/nodes/{name}");
                expected.Remove(name);
            }
            else
            {
                await writer.SetAsync($"{_root}/sluice/nodes/{name}", value);
                expected[name] = value;
            }
        }

        // All at one time: a node that was deleted, created and deleted again is away twice.
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"s{i}")];
        await nodes.UntilAsync(
            () => nodes.Resolver.KnownNodes == expected.Count && Array.TrueForAll(
                names, name => nodes[name] == expected.GetValueOrDefault(name, "NotFound")));
    }

    [Fact]
    public async Task A_malformed_value_is_named_once_and_the_rest_routes()
    {
        using ZooKeeperWriter writer = await FolderAsync();
        await writer.CreateAsync(_root + "/sluice/nodes/bad", "no address");
        await writer.CreateAsync(_root + "/sluice/nodes/empty");
        await writer.CreateAsync(_root + "/sluice/nodes/huge", new string('x', 900_000));
        await writer.CreateAsync(_root + "/sluice/nodes/s1", "10.0.0.1:7000");
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(Connect);
        await writer.SetAsync(_root + "/sluice/nodes/bad", "still no address");
        await writer.SetAsync(_root + "/sluice/nodes/s1", "10.0.0.2:7000");
        await nodes.HasAsync("s1", "10.0.0.2:7000");
        Assert.Equal("NotFound", nodes["bad"]);
        Assert.Equal("NotFound", nodes["empty"]);
        foreach (string name in new[] { "\"bad\"", "\"empty\"", "\"huge\"" })
        {
            Assert.Single(nodes.Log.Lines, line => line.Text.Contains(name, StringComparison.Ordinal));
        }

        await writer.SetAsync(_root + "/sluice/nodes/bad", "10.0.0.3:7000");
        await nodes.HasAsync("bad", "10.0.0.3:7000");
    }

    [Theory]
    [MemberData(nameof(Watches))]
    public async Task More_children_than_a_frame_of_one_megabyte_can_list(bool recursive)
    {
        const int Count = 20_000;
        using ZooKeeperWriter writer = await FolderAsync();
        await writer.CreateManyAsync(Enumerable.Range(0, Count).Select(i => (Path(i), $"10.{i / 250}.{i % 250}.1:7000")));
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(Connect, recursive: recursive);
        Assert.Equal(Count, nodes.Resolver.KnownNodes);
        Assert.Equal("10.79.249.1:7000", nodes[Name(Count - 1)]);
        await writer.SetAsync(Path(0), "10.0.0.9:7000");
        await nodes.HasAsync(Name(0), "10.0.0.9:7000");
        await writer.DeleteAsync(Path(1));
        await nodes.HasAsync(Name(1), "NotFound");

        static string Name(int i) => $"node-{i:d8}-{new string('x', 50)}";
        string Path(int i) => $"{_root}/sluice/nodes/{Name(i)}";
    }

    [Fact]
    public async Task Nodes_for_one_user_are_read_with_the_password_and_ignored_without_it()
    {
        using ZooKeeperWriter writer = await FolderAsync();
        await writer.CreateForAsync("gate:secret", _root + "/sluice/nodes/closed", "10.0.0.1:7000");
        await writer.CreateAsync(_root + "/sluice/nodes/open", "10.0.0.2:7000");
        await using WatchedNodes stranger = await WatchedNodes.LoadedAsync(Connect, user: "gate:wrong");
        await using WatchedNodes gate = await WatchedNodes.LoadedAsync(Connect, user: "gate:secret");
        Assert.Equal("10.0.0.1:7000", gate["closed"]);
        Assert.Equal("NotFound", stranger["closed"]);
        Assert.Equal("10.0.0.2:7000", stranger["open"]);
        Assert.Single(
            stranger.Log.Lines,
            line => line.Text.Contains("\"closed\"", StringComparison.Ordinal) && line.Text.Contains(
                "no permission to read", StringComparison.Ordinal));
        Assert.DoesNotContain(stranger.Log.Lines, line => line.Text.Contains("wrong", StringComparison.Ordinal));
    }

    /// <summary>ZooKeeper does not end the connection of a user whose password has changed; it hides the znodes from it.</summary>
    [Fact]
    public async Task A_password_that_was_rotated_shows_the_nodes_without_a_restart()
    {
        using ZooKeeperWriter writer = await FolderAsync();
        string user = "gate:before";
        await writer.CreateForAsync("gate:secret", _root + "/sluice/nodes/closed", "10.0.0.1:7000");
        await using WatchedNodes gate = await WatchedNodes.LoadedAsync(Connect, readUser: () => Volatile.Read(ref user));
        Assert.Equal("NotFound", gate["closed"]);
        Volatile.Write(ref user, "gate:secret");
        await gate.HasAsync("closed", "10.0.0.1:7000");
        Assert.Null(gate.Resolver.Problem);
        await writer.CreateForAsync("gate:secret", _root + "/sluice/nodes/later", "10.0.0.2:7000");
        await gate.HasAsync("later", "10.0.0.2:7000");
    }

    [Fact]
    public async Task The_root_itself_may_be_the_path()
    {
        using ZooKeeperWriter writer = await ZooKeeperWriter.ConnectAsync(server);
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(server.Connect, "/");
        await writer.CreateAsync(_root, "10.0.0.1:7000");
        await nodes.HasAsync(_root[1..], "10.0.0.1:7000");
    }

    [Fact]
    public async Task A_change_is_seen_at_once()
    {
        using ZooKeeperWriter writer = await FolderAsync();
        await writer.CreateAsync(_root + "/sluice/nodes/s1", "10.0.0.1:7000");
        await using WatchedNodes nodes = await WatchedNodes.LoadedAsync(Connect);
        var taken = new List<double>();
        for (int i = 1; i <= 200; i++)
        {
            long began = TimeProvider.System.GetTimestamp();
            await writer.SetAsync(_root + "/sluice/nodes/s1", $"10.0.0.{i}:7000");
            while (nodes["s1"] != $"10.0.0.{i}:7000")
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Observed.HungAfter, $"change {i} is not seen");
                await Task.Yield();
            }

            taken.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        }

        taken.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"ZooKeeper, from sending a change to routing by it, of {taken.Count}: median {taken[taken.Count / 2]:0.00} ms, "
                + $"longest {taken[^1]:0.00} ms");
    }

    private async Task<ZooKeeperWriter> FolderAsync()
    {
        ZooKeeperWriter writer = await ZooKeeperWriter.ConnectAsync(server);
        foreach (string path in new[] { _root, _root + "/sluice", _root + "/sluice/nodes" })
        {
            await writer.CreateAsync(path);
        }

        return writer;
    }
}
