using System.Net;
using System.Net.Sockets;

namespace Sluice.Daemon.Demo;

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
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => await _tcp.GetStream().WriteAsync(bytes, cancellation);

    /// <inheritdoc/>
    public async Task ReceiveAsync(Memory<byte> target, CancellationToken cancellation) => await _tcp.GetStream().ReadExactlyAsync(target, cancellation);

    /// <summary>Ends the client's own bytes, and reads on to the end of the other side's. Returns how many bytes still came.</summary>
    public async Task<int> FinishAsync(CancellationToken cancellation)
    {
        _tcp.Client.Shutdown(SocketShutdown.Send);
        return await _tcp.Client.ReceiveAsync(new byte[1], cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }
}
