using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Kcp.Crypto;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;

namespace Sluice.Interop.Kcptun;

/// <summary>
/// Accepts KCP sessions, opens one to a server for each, and copies the bytes of their streams. The content of a kcptun stream (smux,
/// compressed or not) is opaque here. kcptun cannot send a route key, so it cannot connect through the gateway itself.
/// </summary>
internal sealed class KcpMiddle : IAsyncDisposable
{
    private readonly EventLoop _loop = EventLoopFactory.Create();
    private readonly NetworkAddress _server;
    private readonly KcpEndpointOptions _towardsServer;
    private KcpServer? _listener;

    private KcpMiddle(IPEndPoint server, KcpEndpointOptions towardsServer)
    {
        _server = NetworkAddress.From(server);
        _towardsServer = towardsServer;
        _loop.Start();
    }

    public IPEndPoint EndPoint => _listener!.LocalEndPoint;

    /// <summary>Bytes copied, in both directions.</summary>
    public long Passed { get; private set; }

    public static async Task<KcpMiddle> StartAsync(IPEndPoint server, KcptunSettings settings)
    {
        var middle = new KcpMiddle(server, Options(settings, KcpFec.Fixed(settings.Data, settings.Parity)));
        middle._listener = await KcpServer.StartAsync(
            [middle._loop], new IPEndPoint(IPAddress.Loopback, 0), Options(settings, KcpFec.Mirror), middle.Join);
        return middle;
    }

    public async ValueTask DisposeAsync()
    {
        await _listener!.StopAsync();
        _loop.Dispose();
    }

    private static KcpEndpointOptions Options(KcptunSettings settings, KcpFec fec)
    {
        byte[] key = KcpKey.Derive(settings.Secret);
        return new KcpEndpointOptions
        {
            Session = new KcpOptions
            {
                NoDelay = true,
                Interval = 10,
                FastResend = 2,
                NoCongestionWindow = true,
                SendWindow = 256,
                ReceiveWindow = 256,
                StreamMode = true,
                Fec = fec,
                ReservedBytes = KcpPacketCrypto.Overhead,
            },
            Crypto = () => KcpPacketCrypto.Create(settings.Crypt, key),
        };
    }

    private void Join(KcpConnection client)
    {
        Assert.Equal(SocketError.Success, KcpDial.TryOpen(_loop, _server, _towardsServer, out KcpConnection? server));
        var fromClient = new End(this, client, server!);
        var fromServer = new End(this, server!, client);
        (fromClient.Other, fromServer.Other) = (fromServer, fromClient);
        client.Resume();
        server!.Resume();
    }

    /// <summary>Copies the bytes of one side. Pauses that side while the other one cannot take all of them.</summary>
    private sealed class End : IConnectionHandler
    {
        private readonly KcpMiddle _middle;
        private readonly Connection _from;
        private readonly Connection _to;
        private byte[] _waiting = [];

        public End(KcpMiddle middle, Connection from, Connection to)
        {
            (_middle, _from, _to) = (middle, from, to);
            from.Handler = this;
        }

        public End? Other { get; set; }

        public void Received(Span<byte> data)
        {
            _middle.Passed += data.Length;
            int taken = _waiting.Length > 0 ? 0 : _to.Write(data);
            if (taken < data.Length)
            {
                _waiting = [.. _waiting, .. data[taken..]];
                _from.Pause();
            }
        }

        public void Writable() => Other!.WriteWaiting();

        public void Finished() => _to.FinishWriting();

        public void Lost(SocketError error) => _to.Abort();

        private void WriteWaiting()
        {
            _waiting = _waiting[_to.Write(_waiting)..];
            if (_waiting.Length == 0)
            {
                _from.Resume();
            }
        }
    }
}
