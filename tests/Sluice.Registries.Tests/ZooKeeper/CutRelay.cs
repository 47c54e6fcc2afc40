using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sluice.Registries.ZooKeeper;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>The way to a real server: it can be cut, and it can hide from the client what a younger server knows.</summary>
internal sealed class CutRelay : IDisposable
{
    private const int Unimplemented = -6;

    private readonly int _target;
    private readonly bool _before36;
    private readonly List<Socket> _sockets = [];
    private readonly Lock _gate = new();
    private TcpListener? _listener;
    private int _hidden;
    private int _pings;
    private bool _mute;

    public CutRelay(ZooKeeperServer server, bool before36 = false)
    {
        _target = server.Port;
        _before36 = before36;
        Restore();
    }

    public int Port { get; } = FreePort.Take(1)[0];

    public string Connect => $"127.0.0.1:{Port}";

    /// <summary>How many requests were answered here, in the way of an old server.</summary>
    public int Hidden => Volatile.Read(ref _hidden);

    /// <summary>How many pings went by.</summary>
    public int Pings => Volatile.Read(ref _pings);

    /// <summary>Whether connections that come are taken, and nothing that is said on them is passed on, now or later.</summary>
    public bool Mute
    {
        get => Volatile.Read(ref _mute);
        set => Volatile.Write(ref _mute, value);
    }

    /// <summary>Ends every connection, and takes none.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
            _sockets.ForEach(socket => socket.Dispose());
            _sockets.Clear();
        }
    }

    public void Restore()
    {
        lock (_gate)
        {
            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Start();
            _ = AcceptAsync(_listener);
        }
    }

    public void Dispose() => Cut();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptSocketAsync();
                var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                lock (_gate)
                {
                    if (_listener != listener)
                    {
                        // It came just before the cut, which did not know of it yet.
                        client.Dispose();
                        server.Dispose();
                        return;
                    }

                    _sockets.AddRange(client, server);
                }

                if (Mute)
                {
                    continue;
                }

                await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _target));
                _ = PassAsync(client, server, requests: true);
                _ = PassAsync(server, client, requests: false);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool requests)
    {
        using var source = new FrameStream(from);
        using var target = new FrameStream(to);
        var output = new JuteWriter();
        try
        {
            while (await source.ReadAsync(default) is { } frame)
            {
                output.Clear();
                if (requests && _before36 && IsAddWatch(frame.Span, out int xid))
                {
                    Interlocked.Increment(ref _hidden);
                    output.BeginFrame();
                    output.WriteInt(xid);
                    output.WriteLong(0);
                    output.WriteInt(Unimplemented);
                    output.EndFrame();
                    await source.WriteAsync(output.Written, default);

                    // Closed while requests lie in it, the connection would be reset, and the answer with it.
                    from.Shutdown(SocketShutdown.Send);
                    while (await source.ReadAsync(default) is not null)
                    {
                    }

                    break;
                }

                if (requests && BinaryPrimitives.ReadInt32BigEndian(frame.Span) == ZooKeeperXid.Ping)
                {
                    Interlocked.Increment(ref _pings);
                }

                output.WriteBuffer(frame.Span);
                await target.WriteAsync(output.Written, default);
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException)
        {
        }
    }

    private static bool IsAddWatch(ReadOnlySpan<byte> frame, out int xid)
    {
        var reader = new JuteReader(frame);
        xid = reader.ReadInt();
        return xid > 0 && frame.Length < 200 && reader.ReadInt() == (int)ZooKeeperRequest.AddWatch;
    }
}
