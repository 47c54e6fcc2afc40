using System.Text.Json;
using Sluice.Conformance;

namespace Sluice.Browser;

/// <summary>What matters to pages alone: the Origin that a browser sends, and the example.</summary>
public sealed class PageScenarios(Peers peers)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_pages_of_the_listed_origins_are_served(bool listed)
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        string own = (await peer.DoAsync(new { @do = "reset" })).GetProperty("origin").GetString()!;
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync(
            gate => gate with { Origins = listed ? ["https://game.example", own] : ["https://game.example"] });

        await peer.ConnectAsync(new { @do = "connect", url = world.Url(backend.Key) });

        if (listed)
        {
            await peer.AssertWelcomedAsync();
        }
        else
        {
            await peer.AssertClosedAsync(1008, "error denied");
        }
    }

    [Fact]
    public async Task A_page_that_offers_a_configured_subprotocol_gets_it()
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync(gate => gate with { Subprotocols = ["game.v2"] });

        (string protocol, _) = await peer.ConnectAsync(new { @do = "connect", url = world.Url(backend.Key), protocols = new[] { "game.v3", "game.v2" } });

        Assert.Equal("game.v2", protocol);
        await peer.AssertWelcomedAsync();
    }

    [Fact]
    public async Task The_example_page_talks_to_the_example_backend()
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await BrowserWorld.StartAsync(gate => gate with { ToClient = Transport.WebSocket.WebSocketFraming.LengthPrefixed });

        JsonElement shown = await peer.DoAsync(new { @do = "example", query = $"?gateway={world.EndPoint}&backend={backend.Key}", text = "hello from a page" });

        Assert.Equal("received: ok\nreceived: hello from a page", shown.GetProperty("text").GetString()!.Trim());
    }

    [Fact]
    public async Task The_example_page_shows_why_it_was_refused()
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        JsonElement shown = await peer.DoAsync(new { @do = "example", query = $"?gateway={world.EndPoint}&backend=8.8.8.8:53", text = "closed" });

        Assert.Equal("closed: 1008 error denied", shown.GetProperty("text").GetString()!.Trim());
    }
}
