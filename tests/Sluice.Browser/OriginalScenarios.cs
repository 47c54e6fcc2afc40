using Sluice.Testing.Gateways;

namespace Sluice.Browser;

/// <summary>Clients written for the original gateway work unchanged: its header, its success message, its framing, its empty pings.</summary>
public sealed class OriginalScenarios(OriginalClient client) : IClassFixture<OriginalClient>
{
    [Theory]
    [InlineData("close")]
    [InlineData("drop")]
    public async Task The_originals_client_talks_to_a_backend_of_the_original(string end)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        string[] lines = await client.RunAsync($"{world.Url()}ws", backend.Key, "3", end);

        string[] talk = ["welcome 2 ok", "echo 9 message 0", "echo 9 message 1", "echo 9 message 2"];
        Assert.Equal(end == "close" ? [.. talk, "end websocket: close 1000 (normal)"] : talk, lines);

        // No ping became a message of the backend: three lengths and texts, and nothing else.
        IReadOnlyDictionary<string, object?> session = await world.NextEndedAsync();
        Assert.Equal("completed", session["Reason"]);
        Assert.Equal(3L * 9, session["BytesFromClient"]);
        Assert.Equal(3L * (4 + 9), session["BytesFromBackend"]);
    }

    [Fact]
    public async Task Where_the_original_just_hung_up_the_client_reads_why()
    {
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        Assert.Equal(["closed 1008 error denied"], await client.RunAsync(world.Url(), "8.8.8.8:53", "1", "close"));
    }
}
