using Sluice.Testing.Gateways;

namespace Sluice.Browser;

/// <summary>Features of the npm package ws that a page does not have.</summary>
public sealed class NpmScenarios(Peers peers)
{
    [Fact]
    public async Task A_ping_is_answered_with_its_payload_and_never_reaches_the_backend()
    {
        NodePeer peer = await peers.GetAsync(Peers.Npm);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync();
        await peer.GiveAsync(WayToGiveTheKey.Header, world.Url(), backend.Key);
        await peer.AssertWelcomedAsync();

        Assert.Equal("are you there?", (await peer.DoAsync(new { @do = "ping", text = "are you there?" })).GetProperty("text").GetString());
        Assert.Equal("", (await peer.DoAsync(new { @do = "ping", text = "" })).GetProperty("text").GetString());
        await peer.DoAsync(new { @do = "send", text = "after the pings" });

        Assert.Equal("after the pings"u8.ToArray(), await backend.NextAsync());
    }

    [Fact]
    public async Task A_silent_client_is_pinged_and_kept_if_it_answers()
    {
        NodePeer peer = await peers.GetAsync(Peers.Npm);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync(
            gate => gate with { PingInterval = TimeSpan.FromSeconds(30) }, virtualTime: true);
        await peer.GiveAsync(WayToGiveTheKey.Header, world.Url(), backend.Key);
        await peer.AssertWelcomedAsync();

        await world.AdvanceAsync(TimeSpan.FromSeconds(30));
        await peer.DoAsync(new { @do = "pinged" });

        await peer.DoAsync(new { @do = "send", text = "still here" });
        Assert.Equal("still here"u8.ToArray(), await backend.NextAsync());
    }

    [Fact]
    public async Task The_header_takes_precedence_over_every_other_way()
    {
        NodePeer peer = await peers.GetAsync(Peers.Npm);
        await using MessageBackend right = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        await peer.ConnectAsync(new
        {
            @do = "connect",
            url = world.Url("nobody:1"),
            headers = new Dictionary<string, string> { ["Server-Identify"] = right.Key },
            protocols = new[] { WaysToGiveTheKey.Protocol("nobody:2") },
            cookie = "server-identify=nobody:3",
        });

        await peer.AssertWelcomedAsync();
        await peer.DoAsync(new { @do = "send", text = "no key" });
        Assert.Equal("no key"u8.ToArray(), await right.NextAsync());
    }

    [Fact]
    public async Task Fragments_with_pings_between_them_reach_the_backend_as_one_message()
    {
        NodePeer peer = await peers.GetAsync(Peers.Npm);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync();
        await peer.GiveAsync(WayToGiveTheKey.Header, world.Url(), backend.Key);
        await peer.AssertWelcomedAsync();

        await peer.DoAsync(new { @do = "fragments", texts = new[] { "one ", "", "message", "" } });

        Assert.Equal("one message"u8.ToArray(), await backend.NextAsync());
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("https://game.example", true)]
    [InlineData("https://other.example", false)]
    public async Task A_client_without_Origin_is_not_a_page_and_is_served(string? origin, bool served)
    {
        NodePeer peer = await peers.GetAsync(Peers.Npm);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync(gate => gate with { Origins = ["https://game.example"] });

        await peer.ConnectAsync(new { @do = "connect", url = world.Url(backend.Key), origin });

        await (served ? peer.AssertWelcomedAsync() : peer.AssertClosedAsync(1008, "error denied"));
    }

    [Fact]
    public async Task Compression_is_not_negotiated_unless_it_is_enabled()
    {
        NodePeer peer = await peers.GetAsync(Peers.Npm);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        (_, string extensions) = await peer.ConnectAsync(new { @do = "connect", url = world.Url(backend.Key), deflate = true });

        Assert.Equal("", extensions);
    }
}
