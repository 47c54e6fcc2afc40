using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

/// <summary>A reset is reported once, as Lost, in whatever state it finds the connection; the connection is closed by then.</summary>
public class TcpLossTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task While_reading(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        pair.Peer.Reset();
        await IsLostAsync(loop, pair, ["lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task While_paused(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.DialAsync(loop);
        pair.Peer.Reset();
        await IsLostAsync(loop, pair, ["lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task While_paused_with_bytes_unread(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.Peer.SendAllAsync(new byte[1000]);
        await loop.SettleAsync();
        pair.Peer.Reset();
        await IsLostAsync(loop, pair, ["lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_reset_after_the_reported_FIN(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.UntilAsync(() => pair.Handler.FinishedCount == 1);
        pair.Peer.Reset();
        await IsLostAsync(loop, pair, ["finished", "lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task After_FIN_came_that_a_paused_connection_has_not_read(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await loop.SettleAsync();
        pair.Peer.Reset();
        await IsLostAsync(loop, pair, ["lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task After_we_finished_writing(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        await pair.RunAsync(c => c.FinishWriting());
        Assert.Empty(await pair.Peer.ReceiveToEndAsync());
        pair.Peer.Reset();
        await IsLostAsync(loop, pair, ["lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task While_a_write_waits(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.RunAsync(c => c.Write(new byte[32_000_000]));
        pair.Peer.Reset();
        await IsLostAsync(loop, pair, ["lost"]);
    }

    /// <summary>The writer is in the middle of something and is not called back from its own write.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_loss_found_by_a_write_is_reported_after_that_write(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        await pair.RunAsync(c =>
        {
            pair.ResetFromPeer();
            Assert.Equal(0, c.Write("into the void"u8));
            Assert.Equal(0, c.Write("once more"u8));
            Assert.Equal(0, pair.Handler.LostCount);
            Assert.False(c.IsClosed);
        });
        await IsLostAsync(loop, pair, ["lost"]);
    }

    /// <summary>Bytes and the reset come in one event, and the bytes make the handler pause: no read finds the reset.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_reset_after_bytes_that_made_the_handler_pause(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        pair.Handler.OnReceived = _ => pair.Connection.Pause();
        await pair.ResumeAsync();
        await loop.SettleAsync();
        await pair.RunAsync(_ =>
        {
            pair.Peer.Send(new byte[100]);
            pair.Peer.Reset();
        });
        await IsLostAsync(loop, pair, []);
    }

    /// <summary>FIN and the reset come in one event: the FIN hides the reset from a receive.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task In_the_same_event_as_FIN(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        await loop.SettleAsync();
        await pair.RunAsync(_ =>
        {
            pair.Peer.Send(new byte[100]);
            pair.Peer.Shutdown(SocketShutdown.Send);
            pair.Peer.Reset();
        });
        await IsLostAsync(loop, pair, []);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_connection_closed_in_the_turn_of_the_reset_reports_nothing(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        await pair.RunAsync(c =>
        {
            pair.ResetFromPeer();
            Assert.Equal(0, c.Write("into the void"u8));
            c.Close();
        });
        await loop.SettleAsync();
        await loop.SettleAsync();
        Assert.Empty(pair.Handler.Story);
        Assert.Empty(loop.Log.Lines);
    }

    /// <summary>FIN both ways leaves a socket that a level-triggered poller reports for ever; the loop must still sleep.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_connection_finished_both_ways_is_not_reported_again_and_again(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.UntilAsync(() => pair.Handler.FinishedCount == 1);
        await pair.RunAsync(c => c.FinishWriting());
        Assert.Empty(await pair.Peer.ReceiveToEndAsync());
        pair.Peer.Close();
        await loop.SettleAsync();
        await loop.SettleAsync();

        Assert.True(await loop.IsAtRestAsync());
        Assert.Equal(["finished"], pair.Handler.Story);
        Assert.False(pair.Connection.IsClosed);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Paused_with_bytes_and_FIN_waiting_the_loop_sleeps(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.Peer.SendAllAsync(new byte[100]);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Peer.DeliveredAsync();
        Assert.True(await loop.IsAtRestAsync());
        await pair.RunAsync(c => c.FinishWriting());
        Assert.Empty(await pair.Peer.ReceiveToEndAsync());
        Assert.True(await loop.IsAtRestAsync());
        await pair.ResumeAsync();
        await pair.Handler.UntilAsync(() => pair.Handler.FinishedCount == 1);
        Assert.Equal(["bytes", "finished"], pair.Handler.Story);
        Assert.True(await loop.IsAtRestAsync());
    }

    private static async Task IsLostAsync(TestLoop loop, TcpPair pair, string[] story)
    {
        await pair.Handler.UntilAsync(() => pair.Handler.LostCount == 1);
        Assert.Equal(SocketError.ConnectionReset, pair.Handler.LostError);
        Assert.True(await loop.RunAsync(() => pair.Connection.IsClosed));
        await loop.SettleAsync();
        Assert.Equal(1, pair.Handler.LostCount);
        if (story.Length > 0)
        {
            Assert.Equal(story, pair.Handler.Story);
        }

        Assert.Empty(loop.Log.Lines);
    }
}
