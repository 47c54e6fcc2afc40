using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;

namespace Sluice.Browser;

/// <summary>A TCP backend that reads length-prefixed messages, keeps them for the test, and writes the test's bytes.</summary>
internal sealed class MessageBackend : IAsyncDisposable
{
    private readonly TestBackend _backend;
    private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();
    private readonly TaskCompletionSource<Socket> _socket = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MessageBackend() => _backend = TestBackend.Start(ServeAsync);

    public string Key => _backend.Key;

    public static MessageBackend Start() => new();

    /// <summary>Returns the payload of the next message.</summary>
    public Task<byte[]> NextAsync() => _messages.Reader.ReadAsync().AsTask().WaitAsync(NodePeer.Patience);

    /// <summary>Returns the joined payloads of the next messages, at least this many bytes.</summary>
    public async Task<byte[]> NextBytesAsync(int count)
    {
        using var bytes = new MemoryStream();
        while (bytes.Length < count)
        {
            bytes.Write(await NextAsync());
        }

        return bytes.ToArray();
    }

    /// <summary>Writes bytes without framing.</summary>
    public async Task WriteAsync(byte[] bytes) => await (await ConnectionAsync()).SendAllAsync(bytes);

    /// <summary>Half-closes the connection.</summary>
    public async Task FinishAsync() => (await ConnectionAsync()).Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    public async Task ResetAsync() => (await ConnectionAsync()).Reset();

    /// <summary>Completes when the client's end has arrived.</summary>
    public Task FinishedAsync() => _messages.Reader.Completion.WaitAsync(NodePeer.Patience);

    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private Task<Socket> ConnectionAsync() => _socket.Task.WaitAsync(NodePeer.Patience);

    private async Task ServeAsync(Socket socket)
    {
        _socket.SetResult(socket);
        try
        {
            await using var stream = new NetworkStream(socket);
            byte[] length = new byte[4];
            while (await stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false) == 4)
            {
                byte[] payload = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
                await stream.ReadExactlyAsync(payload);
                _messages.Writer.TryWrite(payload);
            }

            _messages.Writer.Complete();
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            _messages.Writer.Complete(end);
        }
    }
}
