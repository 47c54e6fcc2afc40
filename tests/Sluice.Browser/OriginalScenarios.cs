using Sluice.Testing.Gateways;

namespace Sluice.Browser;

/// <summary>Clients written for the original gateway work unchanged, with its header, success message, framing and empty pings.</summary>
public sealed class OriginalScenarios(OriginalClient client) : IClassFixture<OriginalClient>
{
    [Theory]
    [InlineData("close")]
    [InlineData("drop")]
    public async Task A_client_of_the_original_gateway_reaches_a_backend_of_the_original(string end)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        string[] lines = await client.RunAsync($"{world.Url()}ws", backend.Key, "3", end);

        string[] talk = ["welcome 2 ok", "echo 9 message 0", "echo 9 message 1", "echo 9 message 2"];
        Assert.Equal(end == "close" ? [.. talk, "end websocket: close 1000 (normal)"] : talk, lines);

        // The byte counts show that no ping reached the backend: only three lengths and texts did.
        IReadOnlyDictionary<string, object?> session = await world.NextEndedAsync();
        Assert.Equal("completed", session["Reason"]);
        Assert.Equal(3L * 9, session["BytesFromClient"]);
        Assert.Equal(3L * (4 + 9), session["BytesFromBackend"]);
    }

    [Fact]
    public async Task A_client_of_the_original_gateway_reads_the_rejection()
    {
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        Assert.Equal(["closed 1008 error denied"], await client.RunAsync(world.Url(), "8.8.8.8:53", "1", "close"));
    }
}
