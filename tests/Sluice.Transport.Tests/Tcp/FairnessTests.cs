using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

/// <summary>One connection that never stops sending, and others on the same loop: counted in bytes and turns, not in time.</summary>
public class FairnessTests
{
    /// <summary>Four receives.</summary>
    private const int BytesPerTurn = 4 * TestLoop.ScratchBytes;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_flood_gets_one_share_before_the_others_have_their_turn(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair before = await TcpPair.AcceptAsync(loop);
        using TcpPair flood = await TcpPair.AcceptAsync(loop);
        using TcpPair after = await TcpPair.DialAsync(loop);
        long heardBefore = -1;
        long heardAfter = -1;
        before.Handler.OnReceived = _ => heardBefore = flood.Handler.ByteCount;
        after.Handler.OnReceived = _ => heardAfter = flood.Handler.ByteCount;
        await before.ResumeAsync();
        await flood.ResumeAsync();
        await after.ResumeAsync();

        // The loop stands still until each of the three has something to be read, the flood far more than its share.
        Action goOn = await loop.StandStillAsync();
        byte[] bytes = new byte[8_000_000];
        flood.Peer.Blocking = false;
        int sent = 0;
        while (flood.Peer.Send(bytes.AsSpan(sent), 0, out _) is var more and > 0)
        {
            sent += more;
        }

        Assert.True(sent > 4 * BytesPerTurn);
        await before.Peer.SendAllAsync(new byte[1]);
        await after.Peer.SendAllAsync(new byte[1]);
        await before.Peer.DeliveredAsync();
        await after.Peer.DeliveredAsync();
        goOn();

        await before.Handler.UntilAsync(() => before.Handler.ByteCount == 1);
        await after.Handler.UntilAsync(() => after.Handler.ByteCount == 1);
        await flood.Handler.UntilAsync(() => flood.Handler.ByteCount == sent);
        Assert.InRange(heardBefore, 0, BytesPerTurn);
        Assert.InRange(heardAfter, 0, BytesPerTurn);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_flood_without_end_leaves_turns_to_echoes_timers_and_posts(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        using TcpPair flood = await TcpPair.AcceptAsync(loop);
        using TcpPair quiet = await TcpPair.AcceptAsync(loop);
        var sink = new CountingHandler();
        await flood.RunAsync(c =>
        {
            c.Handler = sink;
            c.Resume();
        });
        await quiet.ResumeAsync();
        bool stop = false;
        var sender = Task.Run(async () =>
        {
            byte[] bytes = new byte[1_000_000];
            while (!Volatile.Read(ref stop))
            {
                await flood.Peer.SendAllAsync(bytes);
            }
        });
        try
        {
            await sink.UntilAsync(() => sink.Total > 0);
            for (int i = 1; i <= 100; i++)
            {
                await quiet.Peer.SendAllAsync(new byte[1]);
                int round = i;
                await quiet.Handler.UntilAsync(() => quiet.Handler.ByteCount == round);
                await loop.RunAsync(() => quiet.Connection.Write(new byte[1]));
                await quiet.Peer.ReceiveExactlyAsync(1);
                await loop.AdvanceAsync(10);
            }

            // One share when the socket was reported ready, and one because it asked for more, after the others had theirs.
            Assert.True(sink.LargestTurn <= 2 * BytesPerTurn, $"{sink.LargestTurn} bytes in one turn");
        }
        finally
        {
            Volatile.Write(ref stop, true);
            await sender;
        }
    }

    private sealed class CountingHandler : Observed, IConnectionHandler
    {
        private long _postedAt = -1;
        private long _turn;

        public long Total { get; private set; }

        public long LargestTurn { get; private set; }

        public void Received(Span<byte> data)
        {
            int length = data.Length;
            Change(() => Total += length);
            if (_postedAt < 0)
            {
                // Posts end a turn: what came since the last one came in one turn.
                _postedAt = Total;
                _turn = 0;
                EventLoop.Current!.Post(_ => _postedAt = -1);
            }

            _turn += length;
            LargestTurn = Math.Max(LargestTurn, _turn);
        }

        public override string ToString() => $"{Total} bytes";

        public void Writable()
        {
        }

        public void Finished()
        {
        }

        public void Lost(System.Net.Sockets.SocketError error)
        {
        }
    }
}
