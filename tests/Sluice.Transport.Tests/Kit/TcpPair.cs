using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tcp;

namespace Sluice.Transport.Tests.Kit;

/// <summary>A connection on a loop and the raw socket at its other end.</summary>
internal sealed class TcpPair(TestLoop loop, TcpConnection connection, RecordingHandler handler, Socket peer) : IDisposable
{
    public TcpConnection Connection => connection;

    public RecordingHandler Handler => handler;

    public Socket Peer => peer;

    /// <summary>A connection that a <see cref="TcpServer"/> accepted; it is paused.</summary>
    public static async Task<TcpPair> AcceptAsync(TestLoop loop, RecordingHandler? handler = null)
    {
        handler ??= new RecordingHandler();
        var accepted = new TaskCompletionSource<TcpConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpServer server = await TcpServer.StartAsync(
            [loop.Loop],
            new IPEndPoint(IPAddress.Loopback, 0),
            new TcpListenOptions(),
            connection =>
            {
                connection.Handler = handler;
                accepted.SetResult(connection);
            },
            loop.Log);
        Socket peer = await RawSockets.ConnectAsync(server.LocalEndPoint);
        TcpConnection connection = await accepted.Task.WaitAsync(Observed.HungAfter);
        await server.StopAsync();
        return new TcpPair(loop, connection, handler, peer);
    }

    /// <summary>A connection that was dialled; it is paused.</summary>
    public static async Task<TcpPair> DialAsync(TestLoop loop, RecordingHandler? handler = null)
    {
        handler ??= new RecordingHandler();
        using Socket listener = RawSockets.Listen();
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 60_000));
        Assert.Equal(SocketError.Success, result.Error);
        TcpConnection connection = result.Connection!;
        await loop.RunAsync(() => connection.Handler = handler);
        return new TcpPair(loop, connection, handler, await listener.AcceptAsync().WaitAsync(Observed.HungAfter));
    }

    public Task RunAsync(Action<TcpConnection> work) => loop.RunAsync(() => work(connection));

    public Task ResumeAsync() => RunAsync(c => c.Resume());

    /// <summary>Writes everything from the loop, however often the connection takes less.</summary>
    public async Task WriteAllAsync(byte[] bytes)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int written = 0;
        void Go()
        {
            written += connection.Write(bytes.AsSpan(written));
            if (written == bytes.Length)
            {
                handler.OnWritable = null;
                done.TrySetResult();
            }
        }

        await loop.RunAsync(() =>
        {
            handler.OnWritable = Go;
            Go();
        });
        await done.Task.WaitAsync(Observed.HungAfter);
    }

    /// <summary>
    /// Resets the connection from the other end, to be called on the loop; the reset has come when it returns, and is still to be noticed.
    /// Nothing else may wait to be read.
    /// </summary>
    public void ResetFromPeer()
    {
        // A busy machine does not hand it over at once, even on loopback: a second view of the same descriptor asks the kernel.
        using var view = new Socket(new SafeSocketHandle(SocketOf(connection).Handle, ownsHandle: false));
        peer.Reset();
        Assert.True(view.Poll(Observed.HungAfter, SelectMode.SelectRead), "no reset came");
    }

    /// <summary>Ends both ends. The loop must still run.</summary>
    public void Dispose()
    {
        peer.Dispose();
        loop.Loop.Post(_ => connection.Close());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref StreamSocket SocketOf(TcpConnection connection);
}
