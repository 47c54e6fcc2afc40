using Sluice.Registries.Tests.Kit;

namespace Sluice.Registries.Tests.Kubernetes;

/// <summary>An API server that goes, hangs, forgets and talks nonsense.</summary>
public sealed class LostTests
{
    [Fact]
    public async Task Pods_are_listed_in_pages_and_a_list_that_becomes_too_old_restarts()
    {
        using var server = new FakeApiServer { ExpiringPages = 2 };
        for (int i = 0; i < 20; i++)
        {
            server.Put(Pods.Ready($"s{i}"));
        }

        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        Assert.Equal(20, registry.Count);
        Assert.Equal(0, registry.Log.Count(31));
        Assert.Equal(3, server.Lists);
        Assert.Equal(6 + 2, server.Requests.Count(request => request.Contains("limit=3&continue=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_watch_that_ends_or_breaks_is_continued_without_loss()
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        server.Bookmark();
        server.Put(Pods.Ready("s2"));
        await registry.UntilAsync(() => registry["s2"] != "NotFound");
        server.Drop();
        server.Delete("s1");
        await registry.UntilAsync(() => registry["s1"] == "NotFound");
        server.EndWatches();
        server.Put(Pods.Ready("s3"));
        await registry.UntilAsync(() => registry["s3"] != "NotFound");
        Assert.Equal(1, server.Lists);
        Assert.Equal(0, registry.Log.Count(31));

        // 100 before anything, one more for each change; the bookmark counts like one.
        string[] watches = [.. server.Requests.Where(request => request.Contains("watch=true", StringComparison.Ordinal))];
        Assert.Equal(["101", "103", "104"], watches.Select(watch => watch.Split("resourceVersion=")[1].Split('&')[0]));
        Assert.All(watches, watch => Assert.Contains("allowWatchBookmarks=true", watch, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bookmark_makes_a_new_list_unnecessary()
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        server.Compact();
        server.Bookmark();
        server.EndWatches();
        await server.UntilAsync(() => server.Watches >= 2);
        server.Put(Pods.Ready("s2"));
        await registry.UntilAsync(() => registry["s2"] != "NotFound");
        Assert.Equal(1, server.Lists);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_history_is_not_an_outage_and_everything_is_listed_again(bool asEvent)
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        server.Put(Pods.Ready("s2"));
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        server.Put(Pods.Ready("s3"));
        await registry.UntilAsync(() => registry["s3"] != "NotFound");
        if (asEvent)
        {
            server.Say(
                """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}}""");
        }
        else
        {
            server.Compact();
            server.Drop();
        }

        await server.UntilAsync(() => server.Lists >= 2);
        server.Delete("s1");
        server.Put(Pods.Ready("s4"));
        await registry.UntilAsync(() => registry["s1"] == "NotFound" && registry["s4"] != "NotFound");
        Assert.Equal("10.0.0.5:7083", registry["s2"]);
        Assert.Equal(0, registry.Log.Count(31));
    }

    [Fact]
    public async Task A_lost_server_keeps_its_nodes_and_missed_changes_are_seen()
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        server.Put(Pods.Ready("s2"));
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        server.Stop();
        await registry.UntilAsync(() => registry.Log.Count(32) >= 2);
        Assert.Contains("Connection refused", registry.Problem, StringComparison.Ordinal);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        Assert.Equal(1, registry.Log.Count(31));

        server.Delete("s1");
        server.Put(Pods.Ready("s3"));
        server.Start();
        await registry.UntilAsync(() => registry.Problem is null && registry["s1"] == "NotFound" && registry["s3"] == "10.0.0.5:7083");
        Assert.Equal("10.0.0.5:7083", registry["s2"]);
    }

    [Fact]
    public async Task A_watch_that_hangs_is_noticed_and_so_is_a_server_that_never_answers()
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server, watchSeconds: 0.5));
        server.Hangs = true;

        // In the log, since it is the problem only until the next request has hung, too.
        await registry.UntilAsync(
            () => registry.Log.Lines.Any(line => line.Id == 31 && line.Text.Contains("the watch hangs", StringComparison.Ordinal)));
        await registry.UntilAsync(() => registry.Problem?.Contains("no answer within 2 s", StringComparison.Ordinal) == true);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        server.Hangs = false;
        server.Put(Pods.Ready("s1", "10.0.0.6"));
        await registry.UntilAsync(() => registry["s1"] == "10.0.0.6:7083");
    }

    [Fact]
    public async Task An_event_above_one_mebibyte_is_rejected_and_one_below_is_not()
    {
        using var server = new FakeApiServer();
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        server.Put(Pods.Ready("large").Annotated("x", new string('x', 1_000_000)));
        await registry.UntilAsync(() => registry["large"] == "10.0.0.5:7083");
        Assert.Equal(0, registry.Log.Count(31));
        server.Say(new string('x', 1_048_577));
        await registry.UntilAsync(
            () => registry.Log.Lines.Any(line => line.Id == 31 && line.Text.Contains("more than 1 MiB", StringComparison.Ordinal)));
        await registry.UntilAsync(() => registry.Problem is null);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", "is it Kubernetes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "is it Kubernetes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{", "")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "302")]
    [InlineData("HTTP/1.1 503 No\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope", "503")]
    [InlineData("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "410 Gone")]
    [InlineData("SSH-2.0-OpenSSH\r\n", "")]
    public async Task An_answer_that_is_not_a_list_of_pods_is_an_outage_and_removes_no_node(string answer, string problem)
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        server.Answer = answer;
        server.Say("""{"type":"ERROR","object":{"code":410}}""");
        await registry.UntilAsync(() => registry.Log.Count(32) >= 2);
        Assert.Contains(problem, registry.Problem, StringComparison.Ordinal);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
        server.Answer = null;
        await registry.UntilAsync(() => registry.Problem is null);
    }

    [Fact]
    public async Task A_server_that_ends_watches_at_once_or_with_an_error_is_lost()
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        await using Registry registry = await Registry.LoadedAsync(KubernetesTests.Source(server));
        server.Say("""{"type":"ERROR","object":{"code":500,"message":"etcd is gone"}}""");
        await registry.UntilAsync(
            () => registry.Log.Lines.Any(line => line.Id == 31 && line.Text.Contains("etcd is gone", StringComparison.Ordinal)));
        await registry.UntilAsync(() => registry.Problem is null);
        server.Say("nonsense");
        await registry.UntilAsync(
            () => registry.Log.Lines.Any(line => line.Id == 31 && line.Text.Contains("not JSON", StringComparison.Ordinal)));
        await registry.UntilAsync(() => registry.Problem is null);
        Assert.Equal("10.0.0.5:7083", registry["s1"]);
    }
}
