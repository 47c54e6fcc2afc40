using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace KestrelRelay;

/// <summary>Relays one client: the header with the backend's address, "ok", and a loop in each direction.</summary>
internal static class WebSocketRelay
{
    private const string Header = "server-identify";
    private static readonly byte[] Welcome = "ok"u8.ToArray();

    public static async Task RunAsync(HttpContext context, int bufferSize)
    {
        if (!context.WebSockets.IsWebSocketRequest || !IPEndPoint.TryParse(context.Request.Headers[Header].ToString(), out var backend))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var client = await context.WebSockets.AcceptWebSocketAsync();
        using var socket = new Socket(backend.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(backend);
        await using var stream = new NetworkStream(socket);
        await client.SendAsync(Welcome, WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
        try
        {
            await Task.WhenAll(UpAsync(client, stream, new byte[bufferSize]), DownAsync(stream, client, new byte[bufferSize]));
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException)
        {
            // The client or the backend is gone.
        }
    }

    private static async Task UpAsync(WebSocket client, NetworkStream backend, byte[] buffer)
    {
        while (true)
        {
            var result = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                backend.Socket.Shutdown(SocketShutdown.Send);
                return;
            }

            await backend.WriteAsync(buffer.AsMemory(0, result.Count));
        }
    }

    private static async Task DownAsync(NetworkStream backend, WebSocket client, byte[] buffer)
    {
        int count;
        while ((count = await backend.ReadAsync(buffer)) > 0)
        {
            await client.SendAsync(
                buffer.AsMemory(0, count), WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
        }

        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }
}
