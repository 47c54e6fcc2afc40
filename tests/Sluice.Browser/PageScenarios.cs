using System.Text.Json;
using Sluice.Testing.Gateways;

namespace Sluice.Browser;

/// <summary>Behaviour specific to pages: the Origin that a browser sends, and the examples.</summary>
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
    public async Task A_page_that_offers_a_configured_subprotocol_negotiates_it()
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync(gate => gate with { Subprotocols = ["game.v2"] });

        (string protocol, _) = await peer.ConnectAsync(
            new { @do = "connect", url = world.Url(backend.Key), protocols = new[] { "game.v3", "game.v2" } });

        Assert.Equal("game.v2", protocol);
        await peer.AssertWelcomedAsync();
    }

    [Theory]
    [InlineData("README.md", "127.0.0.1:9082")]
    [InlineData("README.zh-CN.md", "127.0.0.1:9082")]
    [InlineData("wire-protocol.md", "gate.example:9082")]
    public async Task The_three_lines_in_the_documentation_work_in_a_page(string file, string gate)
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await BrowserWorld.StartAsync(
            gate => gate with { ToClient = Transport.WebSocket.WebSocketFraming.LengthPrefixed });
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs", file));
        string code = text.Split("```js\n")[1].Split("```")[0];
        Assert.Equal(3, code.Trim().Split('\n').Length);
        code = code
            .Replace(gate, world.EndPoint.ToString(), StringComparison.Ordinal)
            .Replace("127.0.0.1:7083", backend.Key, StringComparison.Ordinal);

        JsonElement shown = await peer.DoAsync(new { @do = "snippet", code, lines = 2 });

        Assert.Equal("ok\nhello", shown.GetProperty("text").GetString());
    }

    [Fact]
    public async Task The_example_page_talks_to_the_example_backend()
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await BrowserWorld.StartAsync(
            gate => gate with { ToClient = Transport.WebSocket.WebSocketFraming.LengthPrefixed });

        JsonElement shown = await peer.DoAsync(
            new { @do = "example", query = $"?gateway={world.EndPoint}&backend={backend.Key}", text = "hello from a page" });

        Assert.Equal("received: ok\nreceived: hello from a page", shown.GetProperty("text").GetString()!.Trim());
    }

    [Fact]
    public async Task The_example_page_shows_why_it_was_rejected()
    {
        NodePeer peer = await peers.GetAsync(Peers.Chromium);
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        JsonElement shown = await peer.DoAsync(
            new { @do = "example", query = $"?gateway={world.EndPoint}&backend=8.8.8.8:53", text = "closed" });

        Assert.Equal("closed: 1008 error denied", shown.GetProperty("text").GetString()!.Trim());
    }
}
