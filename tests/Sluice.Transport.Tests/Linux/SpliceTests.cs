using System.Net.Sockets;
using System.Runtime.Versioning;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Linux;

/// <summary>
/// Bytes through a kernel pipe, and the pipes themselves: none is lost, and none is reused with bytes of another session in it.
/// </summary>
[SupportedOSPlatform("linux")]
[Collection(nameof(Alone))]
public class SpliceTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Bytes_pass_from_one_socket_to_another_intact(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var pool = new SplicePipePool(64 * 1024);
        using TcpPair source = await TcpPair.AcceptAsync(loop);
        using TcpPair sink = await TcpPair.DialAsync(loop);
        byte[] bytes = RawSockets.Noise(5_000_000);
        Task<byte[]> read = sink.Peer.ReceiveToEndAsync();
        await loop.RunAsync(() =>
        {
            var hop = new Hop(source.Connection, sink.Connection, pool);
            source.Connection.Handler = hop;
            sink.Handler.OnWritable = hop.Drain;
            source.Connection.Resume();
        });
        await source.Peer.SendAllAsync(bytes);
        source.Peer.Shutdown(SocketShutdown.Send);
        RawSockets.SameBytes(bytes, await read);
        await loop.SettleAsync();
        Assert.Equal(0, pool.Rented);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Bytes_in_the_pipe_can_be_taken_out_by_copying(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var pool = new SplicePipePool(64 * 1024);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        byte[] bytes = RawSockets.Noise(10_000);
        await pair.Peer.SendAllAsync(bytes);
        await pair.Peer.DeliveredAsync();
        byte[] taken = await loop.RunAsync(() =>
        {
            SplicePipe pipe = pool.TryRent()!;
            Assert.Equal(TransferStatus.Moved, pair.Connection.ReceiveInto(pipe));
            var all = new List<byte>();
            byte[] buffer = new byte[3000];
            while (pipe.Count > 0)
            {
                all.AddRange(buffer.AsSpan(0, pipe.Read(buffer)));
            }

            Assert.Equal(0, pipe.Read(buffer));
            Assert.Equal(TransferStatus.WouldBlock, pair.Connection.ReceiveInto(pipe));
            pool.Return(pipe);
            return all.ToArray();
        });
        RawSockets.SameBytes(bytes, taken);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task FIN_and_reset_are_distinguished(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var pool = new SplicePipePool(64 * 1024);
        using TcpPair finished = await TcpPair.AcceptAsync(loop);
        using TcpPair reset = await TcpPair.AcceptAsync(loop);
        finished.Peer.Shutdown(SocketShutdown.Send);
        await finished.Peer.DeliveredAsync();
        await loop.RunAsync(() =>
        {
            SplicePipe pipe = pool.TryRent()!;
            reset.Peer.Reset();
            Assert.Equal(TransferStatus.Finished, finished.Connection.ReceiveInto(pipe));
            Assert.Equal(TransferStatus.WouldBlock, finished.Connection.ReceiveInto(pipe));
            Assert.Equal(TransferStatus.WouldBlock, reset.Connection.ReceiveInto(pipe));
            pool.Return(pipe);
        });
        await reset.Handler.UntilAsync(() => reset.Handler.LostError == SocketError.ConnectionReset);
        Assert.False(finished.Connection.IsClosed);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Writing_from_a_pipe_into_a_reset_connection_is_reported_later_as_lost(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using var pool = new SplicePipePool(64 * 1024);
        using TcpPair source = await TcpPair.AcceptAsync(loop);
        using TcpPair sink = await TcpPair.AcceptAsync(loop);
        await source.Peer.SendAllAsync(new byte[1000]);
        await source.Peer.DeliveredAsync();
        await loop.RunAsync(() =>
        {
            SplicePipe pipe = pool.TryRent()!;
            Assert.Equal(TransferStatus.Moved, source.Connection.ReceiveInto(pipe));
            sink.ResetFromPeer();
            Assert.True(sink.Connection.TryWrite(pipe, out int count));
            Assert.Equal(0, count);
            Assert.Equal(0, sink.Handler.LostCount);
            pool.Return(pipe);
        });
        await sink.Handler.UntilAsync(() => sink.Handler.LostError == SocketError.ConnectionReset);
    }

    [Fact]
    public async Task A_pipe_given_back_with_bytes_is_closed_and_never_handed_on()
    {
        using var loop = new TestLoop();
        using var pool = new SplicePipePool(64 * 1024);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        await pair.Peer.SendAllAsync("of another session"u8.ToArray());
        await pair.Peer.DeliveredAsync();
        int before = Alone.SettledDescriptors();
        await loop.RunAsync(() =>
        {
            SplicePipe pipe = pool.TryRent()!;
            Alone.HoldsDescriptors(before + 2);
            Assert.Equal(TransferStatus.Moved, pair.Connection.ReceiveInto(pipe));
            pool.Return(pipe);
            Alone.HoldsDescriptors(before);
            SplicePipe next = pool.TryRent()!;
            Assert.NotSame(pipe, next);
            Assert.Equal(0, next.Count);
            pool.Return(next);
        });
    }

    [Fact]
    public void Pipes_are_used_again_kept_within_bounds_and_all_closed_in_the_end()
    {
        // Of this size 32 are kept.
        int before = Alone.SettledDescriptors();
        var pool = new SplicePipePool(1024 * 1024);
        for (int i = 0; i < 1000; i++)
        {
            pool.Return(pool.TryRent()!);
        }

        Alone.HoldsDescriptors(before + 2);
        SplicePipe[] many = [.. Enumerable.Range(0, 100).Select(_ => pool.TryRent()!)];
        Assert.Equal(100, pool.Rented);
        Array.ForEach(many[1..], pool.Return);
        Assert.InRange(Alone.SettledDescriptors(), before + 2, before + (2 * 33));
        pool.Trim();
        pool.Trim();
        Alone.HoldsDescriptors(before + 2);
        pool.Dispose();
        Alone.HoldsDescriptors(before + 2);
        pool.Return(many[0]);
        Alone.HoldsDescriptors(before);
        Assert.Equal(0, pool.Rented);
    }

    /// <summary>The smallest relay that there is, one way.</summary>
    private sealed class Hop(TcpConnection from, TcpConnection to, SplicePipePool pool) : IReadableHandler
    {
        private SplicePipe? _pipe;
        private bool _finished;

        public bool TakesBytes => true;

        public void Readable()
        {
            while (!_finished && _pipe is null)
            {
                _pipe = pool.TryRent()!;
                switch (from.ReceiveInto(_pipe))
                {
                    case TransferStatus.Moved:
                        Drain();
                        continue;
                    case TransferStatus.Finished:
                        _finished = true;
                        break;
                    case TransferStatus.Unsupported:
                        throw new NotSupportedException();
                    default:
                        pool.Return(_pipe);
                        _pipe = null;
                        return;
                }

                Drain();
            }
        }

        public void Drain()
        {
            while (_pipe is { Count: > 0 })
            {
                Assert.True(to.TryWrite(_pipe, out int count));
                if (count == 0)
                {
                    from.Pause();
                    return;
                }
            }

            if (_pipe is not null)
            {
                pool.Return(_pipe);
                _pipe = null;
            }

            if (_finished)
            {
                to.FinishWriting();
            }
            else
            {
                from.ReadAgain();
                from.Resume();
            }
        }

        public void Received(Span<byte> data) => throw new NotSupportedException();

        public void Writable()
        {
        }

        public void Finished() => throw new NotSupportedException();

        public void Lost(SocketError error)
        {
        }
    }
}
