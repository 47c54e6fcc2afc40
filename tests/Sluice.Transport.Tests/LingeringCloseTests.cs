using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests;

/// <summary>Last words reach a peer that is still sending, and a peer that never stops does not hold the connection.</summary>
public class LingeringCloseTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task The_last_bytes_arrive_although_unread_ones_wait(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await pair.Peer.SendAllAsync(new byte[50_000]);
        await loop.SettleAsync();
        await pair.RunAsync(c =>
        {
            c.Write("goodbye"u8);
            LingeringClose.Begin(c, closed: closed.SetResult);
        });

        // More is sent after the goodbye was on its way; a reset would make this peer forget it.
        await pair.Peer.SendAllAsync(new byte[50_000]);
        Assert.Equal("goodbye"u8.ToArray(), await pair.Peer.ReceiveToEndAsync());
        Assert.False(closed.Task.IsCompleted);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await closed.Task.WaitAsync(Observed.HungAfter);
        Assert.True(pair.Connection.IsClosed);
        Assert.Empty(pair.Handler.Story);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_peer_that_does_not_finish_is_waited_for_so_long_and_no_longer(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        int closed = 0;
        await pair.RunAsync(c => LingeringClose.Begin(c, milliseconds: 2000, closed: () => closed++));
        await loop.AdvanceAsync(1999);
        Assert.False(pair.Connection.IsClosed);
        await loop.AdvanceAsync(1);
        Assert.True(pair.Connection.IsClosed);
        await loop.AdvanceAsync(10_000);
        Assert.Equal(1, closed);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_peer_that_keeps_sending_is_cut_off(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await pair.RunAsync(c => LingeringClose.Begin(c, maxBytes: 100_000, closed: closed.SetResult));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                await pair.Peer.SendAllAsync(new byte[50_000]);
            }
        });
        await closed.Task.WaitAsync(Observed.HungAfter);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_reset_ends_it_once(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        int closed = 0;
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await pair.RunAsync(c => LingeringClose.Begin(c, closed: () =>
        {
            closed++;
            told.TrySetResult();
        }));
        pair.Peer.Reset();
        await told.Task.WaitAsync(Observed.HungAfter);
        await loop.AdvanceAsync(10_000);
        Assert.Equal(1, closed);
        Assert.Empty(loop.Log.Lines);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task It_can_be_ended_early_and_ends_once(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        int closed = 0;
        await pair.RunAsync(c =>
        {
            LingeringClose lingering = LingeringClose.Begin(c, closed: () => closed++);
            lingering.End();
            lingering.End();
        });
        await loop.AdvanceAsync(10_000);
        Assert.Equal(1, closed);
        Assert.True(pair.Connection.IsClosed);
    }
}
