using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Vocabulary;
using Sluice.Kcp.Crypto;
using Sluice.Testing.Gateways;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;

namespace Sluice.Conformance.Matrix;

/// <summary>A TCP or KCP backend that serves each session with a given function.</summary>
internal sealed class MatrixBackend : IAsyncDisposable
{
    private readonly TestBackend? _tcp;
    private readonly EventLoop? _loop;
    private KcpServer? _kcp;

    private MatrixBackend(TestBackend tcp) => _tcp = tcp;

    private MatrixBackend(EventLoop loop) => _loop = loop;

    /// <summary>The route key that names this backend, with its protocol.</summary>
    public string Key => _tcp is not null ? $"tcp://{_tcp.Key}" : $"kcp://{_kcp!.LocalEndPoint}";

    public static async Task<MatrixBackend> StartAsync(Protocol protocol, Func<Pipe, Task> serve, Func<KcpPacketCrypto>? crypto = null)
    {
        if (protocol == Protocol.Tcp)
        {
            return new MatrixBackend(TestBackend.Start(socket => ServeAsync(new SocketPipe(socket), serve)));
        }

        var loop = EventLoopFactory.Create(new EventLoopOptions { Name = "kcp-backend" });
        loop.Start();
        var backend = new MatrixBackend(loop);
        backend._kcp = await KcpServer.StartAsync(
            [loop],
            new IPEndPoint(IPAddress.Loopback, 0),
            new KcpEndpointOptions
            {
                Session = KcpPipe.Settings with { ReservedBytes = crypto is null ? 0 : KcpPacketCrypto.Overhead },
                Crypto = crypto,
            },
            connection => _ = ServeAsync(KcpPipe.Attach(connection), serve));
        return backend;
    }

    /// <summary>Starts a backend that echoes every byte until the session ends.</summary>
    public static Task<MatrixBackend> StartEchoAsync(Protocol protocol, Func<KcpPacketCrypto>? crypto = null) =>
        StartAsync(protocol, EchoAsync, crypto);

    /// <summary>Closes the port of a KCP backend with all its sessions, as the end of its process does. Peers are not notified.</summary>
    public Task ClosePortAsync() => _kcp!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        if (_tcp is not null)
        {
            await _tcp.DisposeAsync();
            return;
        }

        await _kcp!.StopAsync();
        _loop!.Dispose();
    }

    private static async Task EchoAsync(Pipe pipe)
    {
        for (byte[] some = await pipe.ReceiveSomeAsync(); some.Length > 0; some = await pipe.ReceiveSomeAsync())
        {
            await pipe.SendAsync(some);
        }
    }

    private static async Task ServeAsync(Pipe pipe, Func<Pipe, Task> serve)
    {
        try
        {
            await serve(pipe);
            await pipe.EndAsync();
        }
        catch (Exception failure) when (failure is ObjectDisposedException or TimeoutException or SocketException)
        {
            // The scenario is over.
        }
    }
}
