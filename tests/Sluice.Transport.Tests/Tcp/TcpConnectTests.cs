using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

public class TcpConnectTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Connects_and_begins_paused(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 1000));
        Assert.Equal(SocketError.Success, result.Error);
        TcpConnection connection = result.Connection!;
        Assert.Equal(listener.Address(), connection.RemoteAddress);
        Assert.Same(loop.Loop, connection.Loop);
        Assert.False(connection.IsClosed);

        using Socket peer = await listener.AcceptAsync();
        var handler = new RecordingHandler();
        await loop.RunAsync(() => connection.Handler = handler);
        await peer.SendAllAsync("hello"u8.ToArray());
        await loop.SettleAsync();
        Assert.Equal(0, handler.ByteCount);
        await loop.RunAsync(connection.Resume);
        await handler.UntilAsync(() => handler.ByteCount == 5);
        await loop.RunAsync(connection.Close);

        // The deadline of the attempt is gone with it.
        await loop.AdvanceAsync(5000);
        Assert.Equal(0, handler.LostCount);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_refusal_is_returned_as_a_value(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket closed = RawSockets.Closed();
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, closed.Address(), 1000));
        Assert.Null(result.Connection);
        Assert.Equal(SocketError.ConnectionRefused, result.Error);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task An_address_that_cannot_be_dialled_is_returned_as_a_value(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var broadcast = NetworkAddress.From(IPAddress.Broadcast, 9);
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, broadcast, 1000));
        Assert.Null(result.Connection);
        Assert.NotEqual(SocketError.Success, result.Error);
        Assert.Empty(loop.Log.Lines);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Silence_ends_at_the_timeout_and_not_before(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var silent = new SilentListener();
        Task<TcpConnectResult> attempt = loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, silent.Address, 5000));
        await loop.SettleAsync();
        await loop.AdvanceAsync(4999);
        Assert.False(attempt.IsCompleted);
        await loop.AdvanceAsync(1);
        TcpConnectResult result = await attempt;
        Assert.Null(result.Connection);
        Assert.Equal(SocketError.TimedOut, result.Error);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Cancelling_from_another_thread_ends_it_on_the_loop(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var silent = new SilentListener();
        using var cancellation = new CancellationTokenSource();
        Task<(TcpConnectResult Result, bool OnLoop)> attempt = loop.StartAsync(async () =>
        {
            TcpConnectResult result = await TcpConnection.ConnectAsync(loop.Loop, silent.Address, 5000, cancellation.Token);
            return (result, loop.Loop.IsCurrent);
        });
        await loop.SettleAsync();
        await cancellation.CancelAsync();
        Assert.Equal((new TcpConnectResult(null, SocketError.OperationAborted), true), await attempt);

        // Neither the deadline nor a second cancel finds anything left to end.
        await loop.AdvanceAsync(10_000);
        Assert.Empty(loop.Log.Lines);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task An_attempt_cancelled_before_it_begins_does_not_dial(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        TcpConnectResult result = await loop.StartAsync(
            () => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 1000, new CancellationToken(canceled: true)));
        Assert.Equal(new TcpConnectResult(null, SocketError.OperationAborted), result);
        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Cancelling_after_it_connected_leaves_the_connection(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        using var cancellation = new CancellationTokenSource();
        TcpConnectResult result = await loop.StartAsync(
            () => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 1000, cancellation.Token));
        await cancellation.CancelAsync();
        await loop.SettleAsync();
        Assert.False(result.Connection!.IsClosed);
        await loop.RunAsync(result.Connection.Close);
    }

    /// <summary>The loop polls only after the backend has sent everything and finished: one event reports it all.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task All_bytes_of_a_backend_that_finishes_at_once_arrive(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        using var over = new ManualResetEventSlim();
        Task<TcpConnectResult> attempt = loop.StartAsync(() =>
        {
            ValueTask<TcpConnectResult> pending = TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 1000);
            over.Wait(Observed.HungAfter);
            return pending;
        });
        using Socket peer = await listener.AcceptAsync().WaitAsync(Observed.HungAfter);
        await peer.SendAllAsync("bye"u8.ToArray());
        peer.Shutdown(SocketShutdown.Send);
        over.Set();

        TcpConnection connection = (await attempt).Connection!;
        var handler = new RecordingHandler();
        await loop.RunAsync(() =>
        {
            connection.Handler = handler;
            connection.Resume();
        });
        await handler.UntilAsync(() => handler.FinishedCount == 1);
        Assert.Equal("bye"u8.ToArray(), handler.Bytes);
        await loop.RunAsync(connection.Close);
    }

    /// <summary>As above, with a backend that resets.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_backend_that_accepts_and_resets_at_once_is_reported_as_lost(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        var handler = new RecordingHandler();
        TcpConnectResult result = await loop.StartAsync(async () =>
        {
            TcpConnectResult connected = await TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 1000);
            if (connected.Connection is { } connection)
            {
                connection.Handler = handler;
            }

            return connected;
        });
        (await listener.AcceptAsync()).Reset();
        await handler.UntilAsync(() => handler.LostCount == 1);
        Assert.Equal(SocketError.ConnectionReset, handler.LostError);
        Assert.True(result.Connection!.IsClosed);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Connects_over_IPv6(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen(IPAddress.IPv6Loopback);
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 1000));
        Assert.Equal(SocketError.Success, result.Error);
        Assert.Equal(listener.Address(), result.Connection!.RemoteAddress);
        await loop.RunAsync(result.Connection.Close);
    }
}
