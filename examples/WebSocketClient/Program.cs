// A game client over WebSocket: connects to the gateway, names its backend in a header, waits for "ok", then talks to the backend.
//   dotnet run --project examples/WebSocketClient -- [gateway, 127.0.0.1:9082] [backend, 127.0.0.1:7083]
// The gateway passes on the backend's bytes unchanged by default. This backend frames its messages, so the gateway must split them:
//   ./sluice run --set wsgate.to_client=length_prefixed
using System.Net.WebSockets;
using System.Text;

string gateway = args.Length > 0 ? args[0] : "127.0.0.1:9082";
string backend = args.Length > 1 ? args[1] : "127.0.0.1:7083";

// Pages cannot set headers. They put the key into the query, as examples/WebSocketPage does.
using var client = new ClientWebSocket();
client.Options.SetRequestHeader("server-identify", backend);
await client.ConnectAsync(new Uri($"ws://{gateway}/"), CancellationToken.None);

string? answer = await ReadMessageAsync(client);
if (answer is null)
{
    Console.WriteLine($"the gateway says: {client.CloseStatusDescription}");
    return 1;
}

Console.WriteLine($"the gateway says: {answer}");

// From here on each message reaches the backend as a length and the text.
byte[] message = Encoding.UTF8.GetBytes("hello from the other side of the gateway");
await client.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
Console.WriteLine($"the backend says: {await ReadMessageAsync(client)}");
await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
return 0;

// Returns null if the connection is closed instead.
static async Task<string?> ReadMessageAsync(ClientWebSocket client)
{
    using var message = new MemoryStream();
    byte[] buffer = new byte[4096];
    WebSocketReceiveResult part;
    do
    {
        part = await client.ReceiveAsync(buffer, CancellationToken.None);
        message.Write(buffer, 0, part.Count);
    }
    while (!part.EndOfMessage);
    return part.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(message.ToArray());
}
