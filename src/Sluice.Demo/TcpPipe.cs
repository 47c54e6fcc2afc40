using System.Net;
using System.Net.Sockets;

namespace Sluice.Demo;

/// <summary>A client's TCP connection.</summary>
internal sealed class TcpPipe : IDemoPipe
{
    private readonly TcpClient _tcp = new();

    private TcpPipe()
    {
    }

    /// <summary>Connects.</summary>
    public static async Task<TcpPipe> ConnectAsync(IPEndPoint gateway, CancellationToken cancellation)
    {
        var pipe = new TcpPipe();
        try
        {
            await pipe._tcp.ConnectAsync(gateway, cancellation);
            return pipe;
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        await _tcp.GetStream().WriteAsync(bytes, cancellation);

    /// <inheritdoc/>
    public async Task ReceiveAsync(Memory<byte> target, CancellationToken cancellation) =>
        await _tcp.GetStream().ReadExactlyAsync(target, cancellation);

    /// <summary>Ends the client's side, and waits for the end of the other side.</summary>
    /// <exception cref="IOException">The other side sends more bytes.</exception>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        _tcp.Client.Shutdown(SocketShutdown.Send);
        if (await _tcp.Client.ReceiveAsync(new byte[1], cancellation) > 0)
        {
            throw new IOException("The client receives bytes that the backend did not send.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }
}
