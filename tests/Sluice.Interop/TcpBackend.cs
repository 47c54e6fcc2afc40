using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Interop;

/// <summary>A TCP backend on loopback. <see cref="StartProtocol"/> answers the requests of KcpGo/peer.go.</summary>
internal sealed class TcpBackend : IDisposable
{
    private readonly Socket _listener;

    private TcpBackend(Func<NetworkStream, Task> serve, IPAddress? address = null)
    {
        address ??= IPAddress.Loopback;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, 0));
        _listener.Listen(64);
        _ = AcceptAsync(serve);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public string Key => EndPoint.ToString();

    /// <summary>Starts a backend that serves each connection with a function and then closes it.</summary>
    public static TcpBackend Start(Func<NetworkStream, Task> serve) => new(serve);

    /// <summary>Starts a backend that echoes every byte.</summary>
    public static TcpBackend StartEcho() => new(stream => stream.CopyToAsync(stream));

    /// <summary>Starts a backend that answers requests until the one to close.</summary>
    public static TcpBackend StartProtocol(IPAddress? address = null) => new(ServeRequestsAsync, address);

    public static byte[] Pattern(int length)
    {
        byte[] pattern = new byte[length];
        for (int i = 0; i < length; i++)
        {
            pattern[i] = unchecked((byte)((i * 7) + (i >> 8) + ((i >> 16) * 13) + length));
        }

        return pattern;
    }

    public void Dispose() => _listener.Dispose();

    private static async Task ServeRequestsAsync(NetworkStream stream)
    {
        byte[] header = new byte[5];
        while (true)
        {
            await stream.ReadExactlyAsync(header);
            int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1));
            byte[] bytes = new byte[length];
            switch ((char)header[0])
            {
                case 'E':
                    await stream.ReadExactlyAsync(bytes);
                    await stream.WriteAsync(bytes);
                    break;
                case 'D':
                    await stream.WriteAsync(Pattern(length));
                    break;
                case 'U' or 'B':
                    Task written = header[0] == 'B' ? stream.WriteAsync(Pattern(length)).AsTask() : Task.CompletedTask;
                    await stream.ReadExactlyAsync(bytes);
                    await written;
                    bool good = bytes.AsSpan().SequenceEqual(Pattern(length));
                    await stream.WriteAsync(good ? "good"u8.ToArray() : "bad!"u8.ToArray());
                    break;
                default:
                    return;
            }
        }
    }

    private async Task AcceptAsync(Func<NetworkStream, Task> serve)
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                _ = ServeAsync(socket, serve);
            }
        }
        catch (Exception end) when (end is ObjectDisposedException or SocketException)
        {
            // The scenario is over.
        }
    }

    private static async Task ServeAsync(Socket socket, Func<NetworkStream, Task> serve)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await serve(stream);
        }
        catch (IOException)
        {
            // The scenario checks what the client saw.
        }
    }
}
