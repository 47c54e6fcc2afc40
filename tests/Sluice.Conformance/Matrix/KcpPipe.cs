using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Testing.Sockets;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Platform;

namespace Sluice.Conformance.Matrix;

/// <summary>One end of a KCP session with awaitable sends and receives, on a loop that is not the gateway's.</summary>
internal sealed class KcpPipe : Pipe, IConnectionHandler
{
    private readonly Lock _gate = new();
    private readonly KcpConnection _connection;
    private readonly MemoryStream _received = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _sent;
    private byte[] _unsent = [];
    private bool _ownLoop;

    private KcpPipe(KcpConnection connection) => _connection = connection;

    /// <summary>The settings of both ends in the tests. The gateway has its own.</summary>
    public static KcpOptions Settings { get; } = new()
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        SendWindow = 256,
        ReceiveWindow = 256,
        StreamMode = true,
        Fec = KcpFec.Mirror,
    };

    /// <summary>Takes over a connection. Call it on the connection's loop.</summary>
    public static KcpPipe Attach(KcpConnection connection)
    {
        var pipe = new KcpPipe(connection);
        connection.Handler = pipe;
        connection.Resume();
        return pipe;
    }

    /// <summary>Returns a client with its own loop.</summary>
    public static Task<KcpPipe> DialAsync(IPEndPoint server)
    {
        var loop = EventLoopFactory.Create(new EventLoopOptions { Name = "kcp-client" });
        loop.Start();
        return loop.InvokeAsync(() =>
        {
            var options = new KcpEndpointOptions { Session = Settings with { Fec = KcpFec.None } };
            Assert.Equal(SocketError.Success, KcpDial.TryOpen(loop, NetworkAddress.From(server), options, out KcpConnection? connection));
            KcpPipe pipe = Attach(connection!);
            pipe._ownLoop = true;
            return pipe;
        });
    }

    /// <summary>Completes when the session has taken all bytes.</summary>
    public override async Task SendAsync(byte[] bytes)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _connection.Loop.InvokeAsync(() =>
        {
            _unsent = bytes;
            _sent = sent;
            WriteOn();
            return true;
        });
        await sent.Task.WaitAsync(SocketExtensions.Patience);
    }

    public override async Task<byte[]> ReceiveSomeAsync()
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_received.Length > 0)
                {
                    byte[] bytes = _received.ToArray();
                    _received.SetLength(0);
                    return bytes;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(SocketExtensions.Patience);
        }
    }

    /// <summary>
    /// Closes the connection. Bytes already sent are still delivered. The other end is not notified, since KCP has no message for it.
    /// </summary>
    public override Task EndAsync() => _connection.Loop.InvokeAsync(() =>
    {
        _connection.Close();
        return true;
    });

    /// <summary>Whether everything that was sent has been acknowledged.</summary>
    public Task<bool> IsDeliveredAsync() => _connection.Loop.InvokeAsync(() => _unsent.Length == 0 && _connection.Session.IsSendDrained);

    /// <summary>Stops reading until <see cref="ResumeAsync"/>, so the receive window closes.</summary>
    public Task PauseAsync() => _connection.Loop.InvokeAsync(() =>
    {
        _connection.Pause();
        return true;
    });

    /// <summary>Resumes reading.</summary>
    public Task ResumeAsync() => _connection.Loop.InvokeAsync(() =>
    {
        _connection.Resume();
        return true;
    });

    /// <summary>Blocks the loop, as the system suspends a program in the background, until the result is disposed.</summary>
    public async Task<IDisposable> SuspendAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var suspension = new Suspension();
        _ = _connection.Loop.InvokeAsync(() =>
        {
            stopped.SetResult();
            return suspension.Wait();
        });
        await stopped.Task;
        return suspension;
    }

    public override void Dispose()
    {
        if (_ownLoop)
        {
            _connection.Loop.Dispose();
        }
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _received.Write(data);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    void IConnectionHandler.Writable() => WriteOn();

    void IConnectionHandler.Finished()
    {
        // Follows only this end's own FIN, which it never sends.
    }

    void IConnectionHandler.Lost(SocketError error)
    {
        // Scenarios notice missing bytes instead.
    }

    private void WriteOn()
    {
        _unsent = _unsent[_connection.Write(_unsent)..];
        if (_unsent.Length == 0)
        {
            _sent?.TrySetResult();
        }
    }

    private sealed class Suspension : IDisposable
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Wait() => _over.Task.Wait(SocketExtensions.Patience);

        public void Dispose() => _over.TrySetResult();
    }
}
