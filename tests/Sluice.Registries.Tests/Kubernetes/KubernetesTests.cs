using System.Text.Json.Nodes;
using Sluice.Gateway.Routing;
using Sluice.Registries.Kubernetes;
using Sluice.Registries.Tests.Kit;

namespace Sluice.Registries.Tests.Kubernetes;

/// <summary>Pods as nodes: which of them, under which name, in which state.</summary>
public sealed class KubernetesTests
{
    [Fact]
    public async Task Ready_pods_are_nodes_and_changes_are_seen()
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("s1"));
        server.Put(Pods.Ready("s2").NotReady());
        server.Put(Pods.Ready("s3").InPhase("Pending"));
        server.Put(Pods.Ready("s4").InPhase("Succeeded").Terminating());
        server.Put(Pods.Ready("s5").Terminating().NotReady());
        server.Put(Pods.Ready("s6", ""));
        server.Put(Pods.Ready("s7", "fd00::7"));
        await using Registry registry = await Registry.LoadedAsync(Source(server));
        Assert.Equal(
            ["10.0.0.5:7083", "NotFound", "NotFound", "NotFound", "Draining", "NotFound", "[fd00::7]:7083"],
            Enumerable.Range(1, 7).Select(i => registry[$"s{i}"]));

        server.Put(Pods.Ready("s2"));
        await registry.UntilAsync(() => registry["s2"] == "10.0.0.5:7083");
        server.Put(Pods.Ready("s8", "10.0.0.8"));
        await registry.UntilAsync(() => registry["s8"] == "10.0.0.8:7083");
        server.Put(Pods.Ready("s8", "10.0.0.8").NotReady());
        await registry.UntilAsync(() => registry["s8"] == "NotFound");
        server.Put(Pods.Ready("s1").Terminating());
        await registry.UntilAsync(() => registry["s1"] == "Draining");
        server.Delete("s1");
        await registry.UntilAsync(() => registry["s1"] == "NotFound");
        Assert.Equal(1, server.Lists);
        Assert.Equal(0, registry.Log.Count(33));
    }

    [Fact]
    public async Task An_operator_drains_a_match_with_an_annotation_but_revives_none_that_is_ending()
    {
        using var server = new FakeApiServer();
        await using Registry registry = await Registry.LoadedAsync(Source(server));
        foreach (
            (
                string state,
                string answer) in new[] { ("draining", "Draining"), ("full", "Busy"), ("up", "10.0.0.5:7083"), ("Draining", "NotFound") })
        {
            server.Put(Pods.Ready("s1").Annotated("sluice.io/state", state));
            await registry.UntilAsync(() => registry["s1"] == answer);
        }

        // A node is gone from the table a moment before the log says why.
        await registry.UntilAsync(
            () => registry.Log.Lines.Any(
                line => line.Id == 33 && line.Text.Contains("neither up, draining nor full", StringComparison.Ordinal)));
        server.Put(Pods.Ready("s1").Annotated("sluice.io/state", "up").Terminating());
        await registry.UntilAsync(() => registry["s1"] == "Draining");
        server.Put(Pods.Ready("s1").Annotated("sluice.io/state", "draining").NotReady());
        await registry.UntilAsync(() => registry["s1"] == "NotFound");
    }

    [Fact]
    public async Task A_label_names_nodes_and_a_new_pod_takes_over_while_the_old_one_ends()
    {
        using var server = new FakeApiServer();
        server.Put(Pods.Ready("pod-1", "10.0.0.1").Labelled("game.example/match", "m1"));
        server.Put(Pods.Ready("pod-2", "10.0.0.2").Annotated("game.example/match", "match number 2"));
        server.Put(Pods.Ready("pod-3"));
        await using Registry registry = await Registry.LoadedAsync(Source(server, nameLabel: "game.example/match"));
        Assert.Equal("10.0.0.1:7083", registry["m1"]);
        Assert.Equal("10.0.0.2:7083", registry["match number 2"]);
        Assert.Equal("NotFound", registry["pod-1"]);
        Assert.Contains(registry.Log.Lines, line => line.Id == 33 && line.Text.Contains("\"pod-3\"", StringComparison.Ordinal));

        server.Put(Pods.Ready("pod-1", "10.0.0.1").Labelled("game.example/match", "m1").Terminating());
        await registry.UntilAsync(() => registry["m1"] == "Draining");
        server.Put(Pods.Ready("pod-4", "10.0.0.4").Labelled("game.example/match", "m1"));
        await registry.UntilAsync(() => registry["m1"] == "10.0.0.4:7083");
        server.Delete("pod-1");
        server.Put(Pods.Ready("pod-2", "10.0.0.2").Labelled("game.example/match", "m3"));
        await registry.UntilAsync(() => registry["m3"] == "10.0.0.2:7083");

        // The new name is there a moment before the old one is gone.
        await registry.UntilAsync(() => registry["match number 2"] == "NotFound");
        Assert.Equal("10.0.0.4:7083", registry["m1"]);
    }

    [Fact]
    public async Task Invalid_pods_are_ignored_and_reported_by_name()
    {
        using var server = new FakeApiServer();
        JsonObject strange = Pods.Ready("strange");
        strange["spec"]!["containers"]![1]!["ports"] = new JsonArray(new JsonObject { ["name"] = "game", ["containerPort"] = 65536 });
        JsonObject portless = Pods.Ready("portless");
        portless["spec"] = 5;
        JsonObject stateless = Pods.Ready("stateless");
        stateless["status"] = new JsonArray("Running");
        server.Put(strange);
        server.Put(portless);
        server.Put(stateless);
        server.Put(Pods.Ready("named", "backend.example"));
        server.Put(Pods.Ready("short", "10.5"));
        server.Put(Pods.Ready("odd").Annotated("sluice.io/state", 5));
        server.Put(Pods.Ready("good"));
        await using Registry registry = await Registry.LoadedAsync(Source(server));
        server.Say("""{"type":"ADDED","object":{"metadata":{"name":""}}}""");
        server.Say("""{"type":"MODIFIED","object":[]}""");
        server.Say("""{"type":"RENAMED","object":{"metadata":{"name":"good"}}}""");
        server.Say("""{"type":"DELETED"}""");
        server.Say("[]");
        server.Say("""{"type":"ADDED","object":{"metadata":{"name":"\ud800"},"status":{"phase":"\udfff"}}}""");
        server.Say("""{"type":"ADDED","object":{"metadata":{"name":"x","\ud800\ud800":1}},"\ud800\ud800":1}""");
        server.Say(
            """{"type":"ADDED","object":{"metadata":{"name":"x","\ud800\ud800":1},"status":{"phase":"Running","\ud800\ud800":1}}}""");
        server.Put(Pods.Ready("last"));
        await registry.UntilAsync(() => registry["last"] == "10.0.0.5:7083");
        Assert.Equal("10.0.0.5:7083", registry["good"]);
        Assert.Equal(2, registry.Count);
        Assert.All(["strange", "portless", "named", "short", "odd"], name =>
            Assert.Contains(registry.Log.Lines, line => line.Id == 33 && line.Text.Contains($"\"{name}\"", StringComparison.Ordinal)));
        Assert.Null(registry.Problem);
        Assert.Equal(1, server.Lists);
    }

    [Fact]
    public async Task A_fixed_port_and_protocol_need_nothing_of_the_containers()
    {
        using var server = new FakeApiServer();
        JsonObject pod = Pods.Ready("s1");
        pod.Remove("spec");
        server.Put(pod);
        await using Registry registry = await Registry.LoadedAsync(new KubernetesSource(new KubernetesOptions
        {
            ApiServer = server.Address,
            Namespace = "games",
            LabelSelector = "app=match, tier in (a)",
            Port = 9,
            Protocol = BackendProtocol.Kcp,
        }));
        Assert.Equal("kcp://10.0.0.5:9", registry["s1"]);
    }

    internal static KubernetesSource Source(
        FakeApiServer server,
        string? nameLabel = null,
        string? tokenFile = null,
        string? caFile = null,
        double watchSeconds = 30) => new(new KubernetesOptions
        {
            ApiServer = server.Address,
            Namespace = "games",
            LabelSelector = "app=match, tier in (a)",
            PortName = "game",
            NameLabel = nameLabel,
            TokenFile = tokenFile,
            CaFile = caFile,
            PodsPerPage = 3,
            WatchTime = TimeSpan.FromSeconds(watchSeconds),
            AnswerTimeout = TimeSpan.FromSeconds(watchSeconds < 1 ? 2 : 10),
        });
}
