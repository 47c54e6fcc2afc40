using System.Net.Sockets;
using CsCheck;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

/// <summary>Bytes, FIN and back-pressure, as a handler and as a plain socket at the other end see them.</summary>
public class TcpConnectionTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Bytes_arrive_complete_and_in_order_both_ways_at_once(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        byte[] there = RawSockets.Noise(3_000_000, seed: 1);
        byte[] back = RawSockets.Noise(3_000_001, seed: 2);
        await pair.ResumeAsync();
        Task<byte[]> read = pair.Peer.ReceiveExactlyAsync(back.Length);
        Task written = pair.Peer.SendAllAsync(there);
        await pair.WriteAllAsync(back);
        await written;
        await pair.Handler.UntilAsync(() => pair.Handler.ByteCount == there.Length);
        RawSockets.SameBytes(there, pair.Handler.Bytes);
        RawSockets.SameBytes(back, await read);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Chunks_of_any_size_arrive_complete_and_in_order(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.DialAsync(loop);
        await pair.ResumeAsync();
        using var sent = new MemoryStream();

        // Sizes around the scratch buffer and its multiples are where a short receive is misread.
        Gen<byte[]> chunk = Gen.OneOf(Gen.Int[1, 100], Gen.Int[16_383, 16_385], Gen.Int[65_535, 65_537], Gen.Int[1, 200_000])
            .Select(size => RawSockets.Noise(size, seed: size));
        await chunk.Array[1, 20].SampleAsync(
            async chunks =>
            {
                foreach (byte[] bytes in chunks)
                {
                    sent.Write(bytes);
                    await pair.Peer.SendAllAsync(bytes);
                }

                await pair.Handler.UntilAsync(() => pair.Handler.ByteCount == sent.Length);
            },
            iter: 20,
            threads: 1);
        RawSockets.SameBytes(sent.ToArray(), pair.Handler.Bytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task The_peer_may_finish_and_still_be_written_to(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        await pair.Peer.SendAllAsync("last words"u8.ToArray());
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.UntilAsync(() => pair.Handler.FinishedCount == 1);
        Assert.Equal("last words"u8.ToArray(), pair.Handler.Bytes);
        Assert.False(pair.Connection.IsClosed);

        byte[] after = RawSockets.Noise(1_000_000);
        Task<byte[]> read = pair.Peer.ReceiveToEndAsync();
        await pair.WriteAllAsync(after);
        await pair.RunAsync(c => c.FinishWriting());
        RawSockets.SameBytes(after, await read);
        Assert.Equal(["bytes", "finished"], pair.Handler.Story);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task We_may_finish_and_still_be_written_to(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.DialAsync(loop);
        await pair.ResumeAsync();
        await pair.WriteAllAsync("last words"u8.ToArray());
        await pair.RunAsync(c =>
        {
            c.FinishWriting();
            c.FinishWriting();
            Assert.Equal(0, c.Write("too late"u8));
        });
        Assert.Equal("last words"u8.ToArray(), await pair.Peer.ReceiveToEndAsync());

        byte[] after = RawSockets.Noise(1_000_000);
        await pair.Peer.SendAllAsync(after);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.UntilAsync(() => pair.Handler.FinishedCount == 1);
        RawSockets.SameBytes(after, pair.Handler.Bytes);
        Assert.Equal(["bytes", "finished"], pair.Handler.Story);
    }

    /// <summary>FIN comes with the last bytes, alone, or while nothing is read; it is reported once, last, and never lost.</summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task The_end_is_reported_once_and_last_however_it_comes(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        int[] sizes = [0, 1, 16_384, 16_385, 65_536, 65_537, 100_000];
        foreach (int size in sizes)
        {
            foreach (bool paused in (bool[])[true, false])
            {
                using TcpPair pair = await TcpPair.AcceptAsync(loop);
                if (!paused)
                {
                    await pair.ResumeAsync();
                }

                Task written = Task.Run(async () =>
                {
                    await pair.Peer.SendAllAsync(RawSockets.Noise(size));
                    pair.Peer.Shutdown(SocketShutdown.Send);
                });
                if (paused)
                {
                    await written;
                    await loop.SettleAsync();
                    Assert.Empty(pair.Handler.Story);
                    await pair.ResumeAsync();
                }

                await pair.Handler.UntilAsync(() => pair.Handler.FinishedCount == 1);
                await written;
                await loop.SettleAsync();
                Assert.Equal(size == 0 ? ["finished"] : ["bytes", "finished"], pair.Handler.Story);
                RawSockets.SameBytes(RawSockets.Noise(size), pair.Handler.Bytes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Writable_follows_a_write_that_is_not_taken_whole(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        byte[] bytes = RawSockets.Noise(32_000_000);
        int written = 0;
        int toldInVain = 0;

        // It may be reported before the peer reads anything: the peer's system takes bytes too, and on a busy machine not at once.
        pair.Handler.OnWritable = () =>
        {
            int more = pair.Connection.Write(bytes.AsSpan(written));
            written += more;
            toldInVain += more > 0 || written == bytes.Length ? 0 : 1;
        };
        int taken = await loop.RunAsync(() =>
        {
            written = pair.Connection.Write(bytes);
            Assert.Equal(0, pair.Connection.Write(bytes));
            return written;
        });
        Assert.InRange(taken, 1, bytes.Length - 1);
        await loop.SettleAsync();
        RawSockets.SameBytes(bytes[..taken], await pair.Peer.ReceiveExactlyAsync(taken));
        await pair.Handler.UntilAsync(() => pair.Handler.WritableCount > 0);
        RawSockets.SameBytes(bytes[taken..], await pair.Peer.ReceiveExactlyAsync(bytes.Length - taken));
        Assert.Equal(0, await loop.RunAsync(() => toldInVain));
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Writable_is_not_called_without_a_short_write(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.ResumeAsync();
        await pair.RunAsync(c =>
        {
            Assert.Equal(0, c.Write([]));
            Assert.Equal(5, c.Write("hello"u8));
        });
        await pair.Peer.ReceiveExactlyAsync(5);
        await pair.Peer.SendAllAsync("back"u8.ToArray());
        await pair.Handler.UntilAsync(() => pair.Handler.ByteCount == 4);
        Assert.Equal(0, pair.Handler.WritableCount);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Pausing_after_every_push_loses_nothing(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        byte[] bytes = RawSockets.Noise(2_000_000);
        int pushes = 0;
        bool paused = true;
        int pushedWhilePaused = 0;
        pair.Handler.OnReceived = _ =>
        {
            pushedWhilePaused += paused ? 1 : 0;
            pair.Connection.Pause();
            paused = true;
            if (++pushes % 3 == 0)
            {
                Resume();
            }
            else
            {
                loop.Loop.Post(_ => Resume());
            }
        };
        Task written = Task.Run(async () =>
        {
            await pair.Peer.SendAllAsync(bytes);
            pair.Peer.Shutdown(SocketShutdown.Send);
        });
        await loop.RunAsync(Resume);
        await pair.Handler.UntilAsync(() => pair.Handler.FinishedCount == 1);
        await written;
        Assert.Equal(0, pushedWhilePaused);
        RawSockets.SameBytes(bytes, pair.Handler.Bytes);

        void Resume()
        {
            paused = false;
            pair.Connection.Resume();
        }
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Paused_it_pushes_nothing_and_the_writer_is_slowed_down(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        pair.Peer.Blocking = false;
        byte[] bytes = RawSockets.Noise(64_000_000);
        int sent = 0;
        while (sent < bytes.Length && pair.Peer.Send(bytes.AsSpan(sent), SocketFlags.None, out SocketError error) is var more && error == SocketError.Success)
        {
            sent += more;
        }

        Assert.True(sent < bytes.Length, "nothing slowed the writer down");
        await loop.SettleAsync();
        Assert.Equal(0, pair.Handler.ByteCount);
        await pair.ResumeAsync();
        await pair.Handler.UntilAsync(() => pair.Handler.ByteCount >= sent);
        RawSockets.SameBytes(bytes[..sent], pair.Handler.Bytes[..sent]);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Closing_delivers_what_was_written_and_then_FIN(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        byte[] bytes = RawSockets.Noise(100_000);
        await pair.RunAsync(c =>
        {
            Assert.Equal(bytes.Length, c.Write(bytes));
            c.Close();
            Assert.True(c.IsClosed);
            Assert.Equal(0, c.Write(bytes));
            c.Close();
            c.Abort();
            c.Pause();
            c.Resume();
            c.FinishWriting();
        });
        RawSockets.SameBytes(bytes, await pair.Peer.ReceiveToEndAsync());
        await loop.SettleAsync();
        Assert.Empty(pair.Handler.Story);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Aborting_is_a_reset_for_the_peer(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.DialAsync(loop);
        await pair.RunAsync(c => c.Abort());
        Assert.Equal(SocketError.ConnectionReset, await pair.Peer.ReadErrorAsync());
        await loop.SettleAsync();
        Assert.Empty(pair.Handler.Story);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Nothing_is_reported_after_a_close_though_more_waits(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        pair.Handler.OnReceived = _ => pair.Connection.Close();
        await pair.Peer.SendAllAsync(RawSockets.Noise(60_000));
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.ResumeAsync();
        await pair.Handler.UntilAsync(() => pair.Handler.ByteCount > 0);
        await loop.SettleAsync();
        await loop.SettleAsync();
        Assert.Equal(["bytes"], pair.Handler.Story);
        Assert.InRange(pair.Handler.ByteCount, 1, TestLoop.ScratchBytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_handler_that_is_replaced_gets_nothing_more(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        var second = new RecordingHandler();
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        pair.Handler.OnReceived = _ => pair.Connection.Handler = second;
        byte[] bytes = RawSockets.Noise(100_000);
        await pair.Peer.SendAllAsync(bytes);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.ResumeAsync();
        await second.UntilAsync(() => second.FinishedCount == 1);
        RawSockets.SameBytes(bytes, [.. pair.Handler.Bytes, .. second.Bytes]);
        Assert.Equal(["bytes"], pair.Handler.Story);
        Assert.Equal(["bytes", "finished"], second.Story);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_fault_in_a_handler_resets_that_connection_and_no_other(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair good = await TcpPair.AcceptAsync(loop);
        using TcpPair bad = await TcpPair.AcceptAsync(loop);
        using TcpPair worse = await TcpPair.AcceptAsync(loop);
        bad.Handler.OnReceived = _ => throw new FormatException();
        worse.Handler.OnFinished = () => throw new FormatException();
        await good.ResumeAsync();
        await bad.ResumeAsync();
        await worse.ResumeAsync();
        await bad.Peer.SendAllAsync(new byte[10]);
        worse.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(SocketError.ConnectionReset, await bad.Peer.ReadErrorAsync());
        Assert.Equal(SocketError.ConnectionReset, await worse.Peer.ReadErrorAsync());
        await bad.Handler.UntilAsync(() => bad.Handler.LostError == SocketError.Fault);
        await worse.Handler.UntilAsync(() => worse.Handler.LostError == SocketError.Fault);
        Assert.Equal(2, loop.Log.Count(100));
        Assert.IsType<FormatException>(loop.Log.Lines[0].Fault);

        await good.Peer.SendAllAsync(new byte[10]);
        await good.Handler.UntilAsync(() => good.Handler.ByteCount == 10);
    }
}
