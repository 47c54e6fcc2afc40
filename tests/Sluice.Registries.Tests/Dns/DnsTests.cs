using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Dns;
using Sluice.Testing.Loops;
using Sluice.Testing.Programs;

namespace Sluice.Registries.Tests.Dns;

/// <summary>Answers to clients with a real name server behind the gateway, and without one.</summary>
public class DnsTests
{
    private static readonly string[] S1 = ["host-record=s1.nodes.test,10.0.0.1,fd00::1"];

    private readonly ListLogger _log = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Addresses_are_found_and_a_key_may_be_the_whole_name()
    {
        await using DnsServer server = await DnsServer.StartAsync(S1);
        DnsResolver dns = Resolver(server, port: 7000);
        Assert.Equal(["10.0.0.1:7000", "[fd00::1]:7000"], await AllAsync(dns, "s1"));
        Assert.Equal(["10.0.0.1:7000", "[fd00::1]:7000"], await AllAsync(dns, "S1.Nodes.Test"));
        Assert.Equal("NotFound", await OneAsync(dns, "s2"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("s1.")]
    [InlineData(".s1")]
    [InlineData("s1..nodes.test")]
    [InlineData("s1.nodes.test.")]
    [InlineData("elsewhere.example.")]
    [InlineData("a b")]
    [InlineData("*")]
    [InlineData("s1\0")]
    [InlineData("s1/../x")]
    [InlineData("-s1")]
    [InlineData("[::1]")]
    [InlineData("s1:53")]
    [InlineData("söhne")]
    public async Task A_key_that_is_not_a_name_is_not_looked_up(string key)
    {
        await using DnsServer server = await DnsServer.StartAsync(S1);
        Assert.Equal("BadKey", await OneAsync(Resolver(server, port: 7000), key));
        Assert.Equal("BadKey", await OneAsync(Resolver(server, port: 7000), new string('a', 64)));
        Assert.Equal("BadKey", await OneAsync(Resolver(server, port: 7000), string.Join('.', Enumerable.Repeat("abcdefgh", 30))));
    }

    [Fact]
    public async Task A_key_does_not_leave_the_suffix()
    {
        await using DnsServer server = await DnsServer.StartAsync(
            "host-record=elsewhere.example,10.6.6.6", "host-record=evilnodes.test,10.6.6.6", "host-record=nodes.test,10.6.6.6",
            "local=/example/", "local=/test/");
        DnsResolver dns = Resolver(server, port: 7000);
        foreach (string key in new[] { "elsewhere.example", "evilnodes.test", "nodes.test", "10.6.6.6" })
        {
            Assert.Equal("NotFound", await OneAsync(dns, key));
        }
    }

    [Fact]
    public async Task Services_have_their_own_ports_and_the_lower_priority_is_tried_first()
    {
        await using DnsServer server = await DnsServer.StartAsync(
            "srv-host=_sluice._tcp.s1.nodes.test,a.nodes.test,7001,10,0", "srv-host=_sluice._tcp.s1.nodes.test,b.nodes.test,7002,5,0",
            "srv-host=_sluice._tcp.s2.nodes.test,a.nodes.test,7001,1,10", "srv-host=_sluice._tcp.s2.nodes.test,b.nodes.test,7002,1,30",
            "srv-host=s3.nodes.test,a.nodes.test,7003,1,0", "srv-host=_sluice._tcp.s4.nodes.test",
            "host-record=a.nodes.test,10.0.0.1", "host-record=b.nodes.test,10.0.0.2");
        DnsResolver dns = Resolver(server);
        Assert.Equal(
            ["10.0.0.2:7002", "10.0.0.1:7001"],
            (await dns.ResolveAsync(new RouteRequest("s1", default), default)).Backends.Select(b => b.ToString()));
        Assert.Equal("NotFound", await OneAsync(dns, "s3"));
        Assert.Equal("NotFound", await OneAsync(dns, "s4"));
        Assert.Equal("10.0.0.1:7003", await OneAsync(Resolver(server, service: ""), "s3"));
    }

    [Fact]
    public void The_weight_is_a_share_of_the_keys_and_the_order_of_the_list_does_not_matter()
    {
        NodeAddress light = new(new IPEndPoint(1, 7001), 1, 10);
        NodeAddress heavy = new(new IPEndPoint(2, 7002), 1, 30);
        NodeAddress hardly = new(new IPEndPoint(3, 7003), 1, 0);
        int heavyFirst = 0;
        for (int i = 0; i < 4000; i++)
        {
            string[] order = [.. AddressOrder.For($"player-{i}", [light, heavy, hardly]).Select(backend => backend.ToString())];
            Assert.Equal(order, AddressOrder.For($"player-{i}", [hardly, heavy, light]).Select(backend => backend.ToString()));
            heavyFirst += order[0].EndsWith(":7002", StringComparison.Ordinal) ? 1 : 0;
        }

        // The keys are fixed, so this is the same in every run.
        Assert.InRange(heavyFirst, 2880, 3120);
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_a_datagram_is_fetched_over_TCP()
    {
        using var folder = new TemporaryFolder();
        string hosts = folder.Write(
            "hosts", string.Concat(Enumerable.Range(0, 600).Select(i => $"10.1.{i / 250}.{i % 250} s1.nodes.test\n")));
        await using DnsServer server = await DnsServer.StartAsync("addn-hosts=" + hosts);
        Resolution found = await Resolver(server, port: 7000).ResolveAsync(new RouteRequest("s1", default), default);
        Assert.Equal(Node.MaxBackends, found.Backends.Count);
    }

    [Fact]
    public async Task An_answer_is_used_for_its_time_and_a_change_is_seen_then()
    {
        await using DnsServer server = await DnsServer.StartAsync(S1);
        DnsResolver dns = Resolver(server, port: 7000);
        Assert.Contains("10.0.0.1:7000", await AllAsync(dns, "s1"));
        Assert.Equal("NotFound", await OneAsync(dns, "s2"));
        await server.KillAsync();
        await server.StartAgainAsync("host-record=s1.nodes.test,10.0.0.2", "host-record=s2.nodes.test,10.0.0.3");
        Assert.Contains("10.0.0.1:7000", await AllAsync(dns, "s1"));
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("10.0.0.3:7000", await OneAsync(dns, "s2"));
        Assert.Contains("10.0.0.1:7000", await AllAsync(dns, "s1"));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("10.0.0.2:7000", await OneAsync(dns, "s1"));
        await server.KillAsync();
        await server.StartAgainAsync();
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("NotFound", await OneAsync(dns, "s1"));
    }

    [Fact]
    public async Task Known_names_route_while_no_server_answers_but_not_for_ever()
    {
        await using DnsServer server = await DnsServer.StartAsync(S1);
        var dns = new DnsResolver(Impatient(server, 7000), new RegistryOptions(), _log, _time);
        await AnsweredAsync(dns, "s1");
        Assert.Contains("10.0.0.1:7000", await AllAsync(dns, "s1"));
        await server.FreezeAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Contains("10.0.0.1:7000", await AllAsync(dns, "s1"));
        Assert.Equal("Unreachable", await OneAsync(dns, "s2"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Unreachable", await OneAsync(dns, "s1"));
        await server.ThawAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        await AnsweredAsync(dns, "s1");
        Assert.Contains("10.0.0.1:7000", await AllAsync(dns, "s1"));
        await AnsweredAsync(dns, "s2");
        Assert.Equal("NotFound", await OneAsync(dns, "s2"));
    }

    [Fact]
    public async Task A_rejected_question_does_not_show_that_the_name_is_missing()
    {
        await using DnsServer server = await DnsServer.StartAsync(S1);
        DnsResolver dns = new(Options(server, 7000) with { Suffix = "foreign.example" }, new RegistryOptions(), _log, _time);
        Assert.Equal("Unreachable", await OneAsync(dns, "s1"));
    }

    [Fact]
    public async Task The_problem_is_reported_and_clears_without_a_client()
    {
        await using DnsServer server = await DnsServer.StartAsync(S1);
        await server.KillAsync();
        var dns = new DnsResolver(Impatient(server, 7000), new RegistryOptions { LongestPause = TimeSpan.FromMilliseconds(200) }, _log);
        await dns.StartAsync(default);
        await _log.UntilAsync(() => _log.Count(40) == 1);
        Assert.StartsWith("dns: ", dns.Problem, StringComparison.Ordinal);
        Assert.False(dns.CanRoute);
        await server.StartAgainAsync(S1);
        await _log.UntilAsync(() => _log.Count(41) == 1);
        Assert.Null(dns.Problem);
        await server.KillAsync();
        Assert.Equal("Unreachable", await OneAsync(dns, "s2"));
        await _log.UntilAsync(() => _log.Count(40) == 2);
        Assert.NotNull(dns.Problem);
        Assert.True(dns.CanRoute);
        await dns.StopAsync();
    }

    [Fact]
    public async Task A_required_registry_that_is_lost_prevents_the_start()
    {
        await using DnsServer server = await DnsServer.StartAsync(S1);
        var options = new RegistryOptions { Required = true, StartTimeout = TimeSpan.FromSeconds(30) };
        var there = new DnsResolver(Options(server, 7000), options, _log);
        await there.StartAsync(default);
        await there.StopAsync();
        await server.KillAsync();
        var away = new DnsResolver(Impatient(server, 7000), options with { StartTimeout = TimeSpan.FromSeconds(0.2) }, _log);
        NodeSourceException failure = await Assert.ThrowsAsync<NodeSourceException>(() => away.StartAsync(default));
        Assert.Contains("no name server answered", failure.Message, StringComparison.Ordinal);
        await away.StopAsync();
    }

    [Fact]
    public async Task Many_clients_of_one_name_cost_one_question_and_names_are_limited()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var dns = new DnsResolver(
            new DnsOptions
            {
                Suffix = DnsServer.Suffix,
                Port = 7000,
                Servers = [(IPEndPoint)silent.LocalEndPoint!],
                Timeout = TimeSpan.FromSeconds(20),
                MaxQueries = 3,
            },
            new RegistryOptions(), _log, _time);
        Task<string>[] same = [.. Enumerable.Range(0, 50).Select(_ => OneAsync(dns, "s1"))];
        Task<string>[] others = [.. Enumerable.Range(2, 2).Select(i => OneAsync(dns, $"s{i}"))];
        Assert.Equal("Busy", await OneAsync(dns, "s9"));
        byte[] query = new byte[512];
        for (int i = 0; i < 6; i++)
        {
            // A and AAAA of three names, and not of more.
            await silent.ReceiveAsync(query).WaitAsync(Observed.HungAfter);
        }

        Assert.Equal(0, silent.Available);
        Assert.DoesNotContain(same.Concat(others), task => task.IsCompleted);
        await dns.StopAsync();
        Assert.All(await Task.WhenAll(same).WaitAsync(Observed.HungAfter), answer => Assert.Equal("Unreachable", answer));
    }

    [Fact]
    public void Invented_names_do_not_grow_the_cache()
    {
        var cache = new NameCache(100);
        var known = new KnownName(DnsAnswer.NotFound, default, default);
        cache.Set("used", known);
        for (int i = 0; i < 10_000; i++)
        {
            cache.Set(i.ToString(CultureInfo.InvariantCulture), known);
            Assert.True(i % 10 > 0 || cache.TryGet("used", out _), "what is used stays");
        }

        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => cache.TryGet(i.ToString(CultureInfo.InvariantCulture), out _)), 1, 100);
    }

    [Fact]
    public async Task The_program_routes_by_DNS()
    {
        await using DnsServer server = await DnsServer.StartAsync("host-record=s1.nodes.test,127.0.0.1");
        using var backend = new TcpListener(IPAddress.Loopback, 0);
        backend.Start();
        using var folder = new TemporaryFolder();
        (RunningProgram program, IPEndPoint gateway, _) = await RunningProgram.ServeAsync(
            folder.Path, "common.header_identify=dns", "common.require_registry=true", $"dns.suffix={DnsServer.Suffix}",
            $"dns.servers=[\"{server.EndPoint}\"]", $"dns.port={((IPEndPoint)backend.LocalEndpoint).Port}");
        await using (program)
        {
            using FramedClient client = await FramedClient.ConnectAsync(gateway);
            Assert.Equal("ok", await client.GreetAsync("s1"));
            using FramedClient stranger = await FramedClient.ConnectAsync(gateway);
            Assert.Equal("error not_found", await stranger.GreetAsync("s2"));
        }
    }

    /// <summary>A server that is there answers, however busy the machine is.</summary>
    private static DnsOptions Options(DnsServer server, int port) =>
        new() { Suffix = DnsServer.Suffix, Port = port, Servers = [server.EndPoint], Timeout = Observed.HungAfter };

    /// <summary>For a server that is away, which is to be waited for. One that is there may be found too slow.</summary>
    private static DnsOptions Impatient(DnsServer server, int port) => Options(server, port) with { Timeout = TimeSpan.FromSeconds(0.5) };

    /// <summary>Asks again and again, as clients do, while the answer is that nobody answered in time. It is kept for a second.</summary>
    private async Task AnsweredAsync(DnsResolver dns, string key)
    {
        using var patience = new CancellationTokenSource(Observed.HungAfter);
        while (await OneAsync(dns, key) == "Unreachable")
        {
            Assert.False(patience.IsCancellationRequested, $"nobody answers for {key}");
            _time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    private static async Task<string> OneAsync(DnsResolver dns, string key)
    {
        Resolution found = await dns.ResolveAsync(new RouteRequest(key, default), default);
        return found.Backends.Count > 0 ? found.Backends[0].ToString() : found.Rejection.ToString();
    }

    private static async Task<string[]> AllAsync(DnsResolver dns, string key) =>
        [
            .. (
                await dns.ResolveAsync(
                    new RouteRequest(key, default), default)).Backends.Select(backend => backend.ToString()).Order(StringComparer.Ordinal),
        ];

    private DnsResolver Resolver(DnsServer server, int port = 0, string service = "_sluice._tcp") =>
        new(Options(server, port) with { Service = service }, new RegistryOptions(), _log, _time);
}
