using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;

namespace Sluice.Demo;

/// <summary>A client's KCP session: a UDP socket, and a <see cref="KcpSession"/> that runs while the client waits.</summary>
internal sealed class KcpPipe : IDemoPipe, IKcpOutput
{
    private readonly byte[] _incoming = new byte[KcpOptions.MaxDatagram];
    private readonly byte[] _outgoing = new byte[KcpOptions.MaxDatagram];
    private readonly Socket _socket;
    private readonly KcpSession _session;
    private Task<int>? _receiving;

    /// <summary>Opens a session. KCP has no handshake, so this sends nothing.</summary>
    public KcpPipe(IPEndPoint gateway, KcpFec fec)
    {
        _socket = new Socket(gateway.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Connect(gateway);
        _session = new KcpSession((uint)Random.Shared.NextInt64(1, uint.MaxValue), Settings(fec), new KcpContext());
    }

    /// <summary>The number that identifies the session on both sides.</summary>
    public uint Conversation => _session.Conv;

    /// <summary>Low latency, as the gateway's own defaults.</summary>
    public static KcpOptions Settings(KcpFec fec) => new()
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        SendWindow = 256,
        ReceiveWindow = 256,
        StreamMode = true,
        Fec = fec,
    };

    /// <inheritdoc/>
    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => RunUntilAsync(
        () =>
        {
            bytes = bytes[_session.Send(bytes.Span)..];
            return bytes.IsEmpty;
        },
        cancellation);

    /// <inheritdoc/>
    public Task ReceiveAsync(Memory<byte> target, CancellationToken cancellation) => RunUntilAsync(
        () =>
        {
            target = target[_session.Read(target.Span)..];
            return target.IsEmpty;
        },
        cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Acknowledges the last segments, which the gateway would retransmit otherwise.
        _session.Flush(Environment.TickCount64, this);
        _session.Dispose();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    Span<byte> IKcpOutput.GetDatagram(int size) => _outgoing;

    void IKcpOutput.Commit(Span<byte> datagram) => _socket.Send(datagram);

    private async Task RunUntilAsync(Func<bool> isDone, CancellationToken cancellation)
    {
        while (true)
        {
            bool done = isDone();
            _session.Update(Environment.TickCount64, this);
            if (done)
            {
                return;
            }

            if (_session.IsDead)
            {
                throw new IOException("The gateway does not answer.");
            }

            await WaitAsync(cancellation);
        }
    }

    /// <summary>Waits for a datagram, or until the session has something to do.</summary>
    private async Task WaitAsync(CancellationToken cancellation)
    {
        _receiving ??= _socket.ReceiveAsync(_incoming);
        long now = Environment.TickCount64;
        long pause = Math.Clamp(_session.NextUpdate(now) - now, 0, 1000);
        if (await Task.WhenAny(_receiving, Task.Delay((int)pause, cancellation)) == _receiving)
        {
            _session.Input(_incoming.AsSpan(0, await _receiving), Environment.TickCount64);
            _receiving = null;
        }

        cancellation.ThrowIfCancellationRequested();
    }
}
