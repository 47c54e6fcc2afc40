using System.Buffers.Text;
using System.Text;
using Sluice.Testing.Gateways;
using Sluice.Testing.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>The ways to give the key, and their order.</summary>
public sealed class KeyTests
{
    [Theory]
    [InlineData("header")]
    [InlineData("query")]
    [InlineData("query encoded")]
    [InlineData("subprotocol")]
    [InlineData("cookie")]
    [InlineData("text message")]
    [InlineData("binary message")]
    [InlineData("fragmented message")]
    public async Task Every_way_leads_to_the_backend(string way)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync();
        byte[] key = Encoding.UTF8.GetBytes(backend.Key);
        string protocol = $"server-identify.{Base64Url.EncodeToString(key)}";
        string request = way switch
        {
            "header" => Request("/", $"Server-Identify:   {backend.Key}  "),
            "query" => Request($"/any/path?a=b&server-identify={backend.Key}"),
            "query encoded" => Request($"/?server-identify={Uri.EscapeDataString(backend.Key)}&z"),
            "subprotocol" => Request("/", $"Sec-WebSocket-Protocol: chat, {protocol}"),
            "cookie" => Request("/", $"Cookie: a=b; server-identify={backend.Key}; c=d"),
            _ => Request(),
        };
        byte[][] behind = way switch
        {
            "text message" => [Frame(Fin | Text, key)],
            "binary message" => [Message(key)],
            "fragmented message" => [Frame(Text, key.AsSpan(0, 3)), Frame(Fin | Ping, "p"u8), Frame(Fin, key.AsSpan(3))],
            _ => [],
        };
        using WsClient client = await UpgradeAsync(world.EndPoint, request, [.. behind, Message("hello"u8.ToArray()), Message([])]);
        Assert.Equal(way == "subprotocol", client.Answer.Contains($"Sec-WebSocket-Protocol: {protocol}\r\n", StringComparison.Ordinal));
        if (way == "fragmented message")
        {
            Assert.Equal(Fin | Pong, (await client.ReadFrameAsync()).First);
        }

        await client.AssertMessageAsync("ok"u8.ToArray());
        byte[] expected = [.. Prefixed("hello"u8.ToArray()), .. Prefixed([])];
        Assert.Equal(expected, await client.ReadStreamAsync(expected.Length));
    }
}
