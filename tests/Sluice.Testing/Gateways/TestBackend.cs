using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Sockets;

namespace Sluice.Testing.Gateways;

/// <summary>A real listening socket on loopback that serves each connection with a given function.</summary>
internal sealed class TestBackend : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Task _accepting;

    private TestBackend(IPAddress address, Func<Socket, Task> serve)
    {
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, 0));
        _listener.Listen(4096);
        _accepting = AcceptAsync(serve);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public string Key => EndPoint.ToString();

    public int Accepted { get; private set; }

    public static TestBackend Start(Func<Socket, Task> serve, IPAddress? address = null) => new(address ?? IPAddress.Loopback, serve);

    /// <summary>Starts a backend that echoes every byte and answers FIN with FIN.</summary>
    public static TestBackend StartEcho(IPAddress? address = null) => Start(EchoAsync, address);

    public static async Task EchoAsync(Socket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer) is > 0 and var count)
        {
            await socket.SendAllAsync(buffer.AsMemory(0, count));
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync(Func<Socket, Task> serve)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (SocketException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            Accepted++;
            socket.NoDelay = true;
            _ = ServeAsync(socket, serve);
        }
    }

    private static async Task ServeAsync(Socket socket, Func<Socket, Task> serve)
    {
        try
        {
            await serve(socket);
        }
        catch (SocketException)
        {
            // The scenario checks what the client saw. A backend whose connection was reset just ends.
        }
        catch (ObjectDisposedException)
        {
        }
        finally
        {
            socket.Dispose();
        }
    }
}
