using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Daemon.Demo;

/// <summary>A TCP client that reaches a TCP backend: the whole client is here, and it is all that a game has to add.</summary>
internal sealed class TcpToTcpRow : IDemoRow
{
    private const int LongestReply = 64 * 1024;

    private readonly DemoScreen _screen;
    private readonly EchoBackend _backend;

    /// <summary>Starts the backend.</summary>
    public TcpToTcpRow(DemoScreen screen)
    {
        _screen = screen;
        _backend = new EchoBackend(what => _screen.Show(Name, "backend", what));
    }

    /// <inheritdoc/>
    public string Name => "tcp -> tcp";

    /// <summary>Where the gateway takes this row's clients.</summary>
    public IPEndPoint Gateway { get; set; } = new(IPAddress.Loopback, 0);

    /// <summary>Where the row's backend listens.</summary>
    public IPEndPoint Backend => _backend.EndPoint;

    /// <inheritdoc/>
    public async Task RunOnceAsync(int round, CancellationToken cancellation)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Gateway, cancellation);
        Show($"connects to the gateway at {Gateway}");
        NetworkStream stream = socket.GetStream();

        await stream.WriteAsync(Frame(Encoding.UTF8.GetBytes(Backend.ToString())), cancellation);
        Show($"sends the key \"{Backend}\" in a frame");
        Show($"receives the answer \"{await ReadFrameAsync(stream, cancellation)}\": from here on it talks to the backend");

        string message = $"message {round}";
        await stream.WriteAsync(Encoding.UTF8.GetBytes(message), cancellation);
        Show($"sends \"{message}\"");
        byte[] echo = new byte[Encoding.UTF8.GetByteCount(message)];
        await stream.ReadExactlyAsync(echo, cancellation);
        Show($"receives \"{Encoding.UTF8.GetString(echo)}\"");

        socket.Client.Shutdown(SocketShutdown.Send);
        Show("ends its side (half-close)");
        int behind = await stream.ReadAsync(echo, cancellation);
        Show(behind == 0 ? "sees the backend's end: both sides are done" : $"receives {behind} bytes that nobody sent");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private static byte[] Frame(byte[] payload)
    {
        byte[] frame = new byte[sizeof(uint) + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        payload.CopyTo(frame, sizeof(uint));
        return frame;
    }

    private static async Task<string> ReadFrameAsync(NetworkStream stream, CancellationToken cancellation)
    {
        byte[] header = new byte[sizeof(uint)];
        await stream.ReadExactlyAsync(header, cancellation);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > LongestReply)
        {
            throw new InvalidDataException($"The gateway announced {length} bytes.");
        }

        byte[] payload = new byte[length];
        await stream.ReadExactlyAsync(payload, cancellation);
        return Encoding.UTF8.GetString(payload);
    }

    private void Show(string what) => _screen.Show(Name, "client", what);
}
