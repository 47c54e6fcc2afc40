using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace Sluice.Demo;

/// <summary>A WebSocket client with a TCP backend. It names the backend in the query, as a page in a browser does.</summary>
internal sealed class WebSocketToTcpRow : IDemoRow
{
    private const int LongestMessage = 4096;

    private readonly DemoScreen _screen;
    private readonly EchoBackend _backend;

    /// <summary>Starts the backend.</summary>
    public WebSocketToTcpRow(DemoScreen screen)
    {
        _screen = screen;
        _backend = new EchoBackend(what => _screen.Show(Name, "backend", what));
    }

    /// <inheritdoc/>
    public string Name => "ws -> tcp";

    /// <inheritdoc/>
    public IPEndPoint Backend => _backend.EndPoint;

    /// <inheritdoc/>
    public IPEndPoint Gateway { get; set; } = new(IPAddress.Loopback, 0);

    /// <inheritdoc/>
    public async Task RunOnceAsync(int round, CancellationToken cancellation)
    {
        try
        {
            using var client = new ClientWebSocket();
            await client.ConnectAsync(new Uri($"ws://{Gateway}/?server-identify={Backend}"), cancellation);
            Show($"connects to the gateway at {Gateway}");
            string answer = await ReceiveAsync(client, cancellation);
            Show($"sends the key \"{Backend}\" in the query of its request, receives \"{answer}\": from here on it talks to the backend");

            string message = $"message {round}";
            await client.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, cancellation);
            string echo = await ReceiveAsync(client, cancellation);
            if (!string.Equals(echo, message, StringComparison.Ordinal))
            {
                throw new IOException($"\"{message}\" did not come back as it was sent.");
            }

            Show($"sends \"{message}\", which the backend gets after its length, receives \"{echo}\"");

            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", cancellation);
            Show($"closes, receives close code {(int?)client.CloseStatus}: both sides are done");
        }
        catch (WebSocketException failure)
        {
            throw new IOException($"The gateway ended the WebSocket: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private static async Task<string> ReceiveAsync(ClientWebSocket client, CancellationToken cancellation)
    {
        byte[] buffer = new byte[LongestMessage];
        int count = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await client.ReceiveAsync(buffer.AsMemory(count), cancellation);
            count += part.Count;
        }
        while (!part.EndOfMessage && count < buffer.Length);
        return part.MessageType != WebSocketMessageType.Close
            ? Encoding.UTF8.GetString(buffer, 0, count)
            : throw new IOException($"The gateway rejected the client: {(int?)client.CloseStatus} {client.CloseStatusDescription}.");
    }

    private void Show(string what) => _screen.Show(Name, "client", what);
}
