using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

/// <summary>A handler that wants what was received before a reset gets it, then the loss.</summary>
public class TcpLastBytesTests
{
    private static readonly byte[] Words = RawSockets.Noise(60_000, seed: 5);

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_paused_connection_keeps_them_until_it_is_resumed(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop, new RecordingHandler { WantsLastBytes = true });
        await pair.Peer.SendAllAsync(Words);
        await pair.Peer.DeliveredAsync();
        pair.Peer.Reset();
        Assert.True(await loop.IsAtRestAsync());
        Assert.Empty(pair.Handler.Story);
        await pair.ResumeAsync();
        await IsLostAfterAsync(loop, pair, ["bytes", "lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_handler_that_pauses_again_and_again_gets_all_of_them(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop, new RecordingHandler { WantsLastBytes = true });
        pair.Handler.OnReceived = _ => pair.Connection.Pause();
        await pair.Peer.SendAllAsync(Words);
        await pair.Peer.DeliveredAsync();
        pair.Peer.Reset();
        while (pair.Handler.LostCount == 0)
        {
            Assert.True(await loop.IsAtRestAsync());
            await pair.ResumeAsync();
            await loop.SettleAsync();
        }

        await IsLostAfterAsync(loop, pair, ["bytes", "lost"]);
    }

    /// <summary>The write takes the error from the system, which then reports the end of the bytes as if it were a FIN.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_write_that_meets_the_reset_first_loses_none(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop, new RecordingHandler { WantsLastBytes = true });
        await pair.Peer.SendAllAsync(Words);
        await pair.Peer.DeliveredAsync();
        await pair.RunAsync(connection =>
        {
            pair.ResetFromPeer();
            Assert.Equal(0, connection.Write("too late"u8));
            connection.Resume();
        });
        await IsLostAfterAsync(loop, pair, ["bytes", "lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_FIN_before_the_reset_is_still_reported(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop, new RecordingHandler { WantsLastBytes = true });
        await pair.Peer.SendAllAsync(Words);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Peer.DeliveredAsync();
        await loop.SettleAsync();
        pair.Peer.Reset();
        await loop.SettleAsync();
        await pair.ResumeAsync();
        await IsLostAfterAsync(loop, pair, ["bytes", "finished", "lost"]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Bytes_of_a_dialled_peer_that_reset_before_there_was_a_handler_arrive(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        Task<Socket> accepting = listener.AcceptAsync();
        TcpConnectResult result = await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 60_000));
        Socket peer = await accepting.WaitAsync(Observed.HungAfter);
        await peer.SendAllAsync(Words);
        await peer.DeliveredAsync();
        peer.Reset();
        await loop.SettleAsync();
        using var pair = new TcpPair(loop, result.Connection!, new RecordingHandler { WantsLastBytes = true }, peer);
        await pair.RunAsync(connection => connection.Handler = pair.Handler);
        await pair.ResumeAsync();
        await IsLostAfterAsync(loop, pair, ["bytes", "lost"]);
    }

    /// <summary>The loop learns of the connection, the bytes and the reset in one event.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_dialled_peer_that_spoke_and_reset_at_once_was_connected(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using Socket listener = RawSockets.Listen();
        Socket peer = null!;
        Task<TcpConnectResult> dialling = await loop.RunAsync(() =>
        {
            Task<TcpConnectResult> result = TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 60_000).AsTask();
            peer = listener.Accept();
            peer.Send(Words);
            Task.Run(() => peer.DeliveredAsync()).Wait(Observed.HungAfter);
            peer.Reset();
            return result;
        });
        TcpConnectResult dialled = await dialling.WaitAsync(Observed.HungAfter);
        Assert.Equal(SocketError.Success, dialled.Error);
        using var pair = new TcpPair(loop, dialled.Connection!, new RecordingHandler { WantsLastBytes = true }, peer);
        await pair.RunAsync(connection => connection.Handler = pair.Handler);
        await pair.ResumeAsync();
        await IsLostAfterAsync(loop, pair, ["bytes", "lost"]);
    }

    /// <summary>A reset drops what the system has not sent yet.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_reset_that_is_passed_on_waits_until_what_was_written_has_arrived(PollerKind poller)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not tell what has arrived");
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        byte[] words = RawSockets.Noise(4_000_000, seed: 6);
        int taken = 0;
        await pair.RunAsync(connection =>
        {
            taken = connection.Write(words);
            connection.End(ConnectionEnd.PeerLost);
            Assert.False(connection.IsClosed);
        });
        byte[] received = await pair.Peer.ReceiveExactlyAsync(taken);
        RawSockets.SameBytes(words[..taken], received);
        await pair.Peer.DeliveredAsync();
        while (!await loop.RunAsync(() => pair.Connection.IsClosed))
        {
            await loop.AdvanceAsync(100);
        }

        SocketException reset = Assert.Throws<SocketException>(() => pair.Peer.Receive(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        Assert.Empty(pair.Handler.Story);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_reset_that_is_passed_on_waits_half_a_minute_at_most(PollerKind poller)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not tell what has arrived");
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.RunAsync(connection =>
        {
            connection.Write(new byte[32_000_000]);
            connection.End(ConnectionEnd.PeerLost);
        });
        for (int passed = 0; passed < 29_900; passed += 100)
        {
            await loop.AdvanceAsync(100);
        }

        Assert.False(await loop.RunAsync(() => pair.Connection.IsClosed));
        await loop.AdvanceAsync(1_000);
        Assert.True(await loop.RunAsync(() => pair.Connection.IsClosed));
    }

    private static async Task IsLostAfterAsync(TestLoop loop, TcpPair pair, string[] story)
    {
        await pair.Handler.UntilAsync(() => pair.Handler.LostCount == 1);
        RawSockets.SameBytes(Words, pair.Handler.Bytes);
        Assert.Equal(SocketError.ConnectionReset, pair.Handler.LostError);
        Assert.True(await loop.RunAsync(() => pair.Connection.IsClosed));
        Assert.Equal(story, pair.Handler.Story);
        Assert.Empty(loop.Log.Lines);
    }
}
