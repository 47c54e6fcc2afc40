using Sluice.Testing.WebSocket;

namespace Sluice.Conformance.Matrix;

/// <summary>A WebSocket client. Each send is one message, which a backend receives with its length as prefix.</summary>
internal sealed class WebSocketPipe(WsClient client) : Pipe
{
    public override byte[] AtBackend(byte[] message) => WsClient.Prefixed(message);

    public override Task SendAsync(byte[] bytes) => client.SendAsync(WsClient.Message(bytes));

    public override async Task<byte[]> ReceiveSomeAsync()
    {
        WsFrame frame = await client.ReadFrameAsync();
        return frame.Opcode == WsClient.Close ? [] : frame.Payload;
    }

    public override Task EndAsync() => client.SendAsync(WsClient.CloseFrame(1000));

    public override void Dispose() => client.Dispose();
}
