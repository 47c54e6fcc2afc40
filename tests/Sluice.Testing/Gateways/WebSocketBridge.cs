using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Xunit.Sdk;

namespace Sluice.Testing.Gateways;

/// <summary>
/// Lets a scenario written for the TCP gate use the WebSocket gate. The framed key becomes the first message, the welcome and all later
/// bytes are messages, and a rejection's close frame becomes an error frame. FIN and reset mean the same as over TCP, in both directions.
/// </summary>
/// <remarks>Needs a gate with both framings raw and without pings, because scenarios move the clock in large steps.</remarks>
internal sealed class WebSocketBridge
{
    private readonly Socket _far;
    private readonly WsClient _client;
    private volatile bool _closeReceived;

    private WebSocketBridge(Socket far, WsClient client)
    {
        _far = far;
        _client = client;
    }

    /// <summary>Returns the near end. The far end is a client of the gateway whose upgrade has been accepted.</summary>
    public static async Task<Socket> ConnectAsync(IPEndPoint gateway)
    {
        (Socket near, Socket far) = await SocketExtensions.PairAsync();
        WsClient client = await WsClient.UpgradeAsync(gateway, WsClient.Request());
        _ = new WebSocketBridge(far, client).RunAsync();
        return near;
    }

    private async Task RunAsync()
    {
        try
        {
            Task sending = SendAsync();
            Task receiving = ReceiveAsync();

            // If either fails, both end. Otherwise each runs to its end.
            await await Task.WhenAny(sending, receiving);
            await Task.WhenAll(sending, receiving);
            _far.Dispose();
            _client.Dispose();
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or XunitException)
        {
            // If the connection ends without a close frame, the client's reader fails.
            _client.Socket.Reset();
            await _far.ResetOnceDeliveredAsync();
        }
    }

    private async Task SendAsync()
    {
        byte[] length = new byte[4];
        if (await CopyAsync(length.Length, (bytes, at) =>
        {
            bytes.CopyTo(length.AsMemory(at));
            return Task.CompletedTask;
        }))
        {
            // The message's length is announced before its first byte, as over TCP. A mask of zeros changes nothing.
            uint keyBytes = BinaryPrimitives.ReadUInt32LittleEndian(length);
            await _client.SendAsync(Head(keyBytes));
            if (await CopyAsync(keyBytes, (bytes, _) => _client.SendAsync(bytes)))
            {
                await CopyAsync(long.MaxValue, (bytes, _) => _client.SendAsync(WsClient.Message(bytes)));
            }
        }

        if (_closeReceived)
        {
            await _client.SendAsync(WsClient.CloseFrame(1000));
        }

        // A FIN without a preceding close frame is a half-close.
        _client.Socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Passes on this many bytes as they arrive. Returns false if the stream ends first.</summary>
    private async Task<bool> CopyAsync(long count, Func<byte[], int, Task> take)
    {
        byte[] buffer = new byte[64 * 1024];
        for (long at = 0; at < count;)
        {
            int received = await _far.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count - at)));
            if (received == 0)
            {
                return false;
            }

            await take(buffer[..received], (int)at);
            at += received;
        }

        return true;
    }

    private async Task ReceiveAsync()
    {
        WsFrame frame = await _client.ReadFrameAsync();
        if (frame.Opcode == WsClient.Binary)
        {
            await _far.SendAllAsync(GatewayWorld.Frame(frame.Payload));
            while ((frame = await _client.ReadFrameAsync()).Opcode == WsClient.Binary)
            {
                await _far.SendAllAsync(frame.Payload);
            }
        }
        else if (frame.CloseReason.Length > 0)
        {
            await _far.SendAllAsync(GatewayWorld.Frame(frame.CloseReason));
        }

        _closeReceived = true;
        if (frame.CloseReason.Length == 0 && frame.CloseCode is 1011 or 1012)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        _far.Shutdown(SocketShutdown.Send);
    }

    private static byte[] Head(uint length)
    {
        byte[] head = new byte[14];
        head[0] = WsClient.Fin | WsClient.Binary;
        head[1] = (byte)(0x80 | (length < 126 ? length : length <= ushort.MaxValue ? 126 : 127));
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(2), length);
        return length < 126 ? [.. head[..2], 0, 0, 0, 0] : length <= ushort.MaxValue ? [.. head[..2], .. head[8..10], 0, 0, 0, 0] : head;
    }
}
