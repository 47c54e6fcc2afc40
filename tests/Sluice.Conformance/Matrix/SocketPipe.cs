using System.Net.Sockets;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance.Matrix;

/// <summary>A TCP connection.</summary>
internal sealed class SocketPipe(Socket socket) : Pipe
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    public override Task SendAsync(byte[] bytes) => socket.SendAllAsync(bytes);

    public override async Task<byte[]> ReceiveSomeAsync() =>
        _buffer[..await socket.ReceiveAsync(_buffer).WaitAsync(SocketExtensions.Patience)];

    public override Task EndAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        return Task.CompletedTask;
    }

    public override void Dispose() => socket.Dispose();
}
