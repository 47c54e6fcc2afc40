using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;

namespace Sluice.Demo;

/// <summary>An example KCP backend: sends back what it receives, and forgets a silent client. It knows nothing of the gateway.</summary>
internal sealed class KcpEchoBackend : IAsyncDisposable
{
    /// <summary>Longer than the gateway's timeout, so that the gateway ends the session.</summary>
    private const long IdleMs = 8000;

    private readonly EventLoop _loop = EventLoopFactory.Create(new EventLoopOptions { Name = "kcp-backend" });
    private KcpServer? _server;

    private KcpEchoBackend()
    {
    }

    /// <summary>The address that it listens on.</summary>
    public IPEndPoint EndPoint => _server!.LocalEndPoint;

    /// <summary>Listens on a free port.</summary>
    public static async Task<KcpEchoBackend> StartAsync(Action<string> show)
    {
        var backend = new KcpEchoBackend();
        backend._loop.Start();
        try
        {
            var options = new KcpEndpointOptions { Session = KcpPipe.Settings(KcpFec.Mirror) };
            backend._server = await KcpServer.StartAsync(
                [backend._loop], new IPEndPoint(IPAddress.Loopback, 0), options, connection => _ = new Echo(connection, show));
            return backend;
        }
        catch
        {
            await backend.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync();
        }

        _loop.Dispose();
    }

    /// <summary>One client.</summary>
    private sealed class Echo : IConnectionHandler, ITimerTarget
    {
        private readonly KcpConnection _connection;
        private readonly Action<string> _show;
        private byte[] _unsent = [];

        public Echo(KcpConnection connection, Action<string> show)
        {
            _connection = connection;
            _show = show;
            connection.Handler = this;
            connection.Resume();
            connection.Loop.Schedule(this, IdleMs);
            show($"receives the first datagram of KCP session {connection.Session.Conv:x8} from the gateway");
        }

        void IConnectionHandler.Received(Span<byte> data)
        {
            _show($"receives {data.Length} bytes and sends them back");
            int sent = _connection.Write(data);
            if (sent < data.Length)
            {
                _unsent = data[sent..].ToArray();
                _connection.Pause();
            }
        }

        void IConnectionHandler.Writable()
        {
            _unsent = _unsent[_connection.Write(_unsent)..];
            if (_unsent.Length == 0)
            {
                _connection.Resume();
            }
        }

        void IConnectionHandler.Finished()
        {
        }

        void IConnectionHandler.Lost(SocketError error)
        {
            if (error != SocketError.OperationAborted)
            {
                _show($"lost its client: {error}");
            }
        }

        void ITimerTarget.TimerDue(int kind)
        {
            long left = _connection.Activity.LastHeard.GetValueOrDefault() + IdleMs - _connection.Loop.Now;
            if (left > 0)
            {
                _connection.Loop.Schedule(this, left);
            }
            else if (!_connection.IsClosed)
            {
                _show("forgets its client, which is silent");
                _connection.Close();
            }
        }
    }
}
