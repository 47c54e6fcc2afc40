using System.Net;
using System.Net.Sockets;

namespace Sluice.Demo;

/// <summary>An example TCP backend: sends back what it receives, and ends when its client does. It knows nothing of the gateway.</summary>
internal sealed class EchoBackend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Action<string> _show;
    private readonly List<Task> _serving = [];
    private readonly Task _accepting;

    /// <summary>Listens on a free port.</summary>
    public EchoBackend(Action<string> show)
    {
        _show = show;
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    /// <summary>The address that it listens on.</summary>
    public IPEndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        await Task.WhenAll(_serving);
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_end.Token);
                _serving.RemoveAll(served => served.IsCompleted);
                _serving.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            // The demo is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using Socket socket = client;
        _show("accepts a connection from the gateway");
        byte[] buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await client.ReceiveAsync(buffer, _end.Token)) > 0)
            {
                _show($"receives {count} bytes and sends them back");
                await client.SendAsync(buffer.AsMemory(0, count), _end.Token);
            }

            _show("sees the client's end and ends its own side");
            client.Shutdown(SocketShutdown.Both);
        }
        catch (OperationCanceledException)
        {
            // The demo is over.
        }
        catch (SocketException failure)
        {
            _show($"lost its client: {failure.SocketErrorCode}");
        }
    }
}
