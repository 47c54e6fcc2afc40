using System.Buffers.Binary;
using Sluice.Kcp.Fec;
using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>A client is answered in its own way: plain, framed without parity, or in its shape once that is certain.</summary>
public class FecAnswerTests
{
    private const uint Conv = 7;

    [Fact]
    public void A_plain_client_gets_plain_segments()
    {
        using var session = new KcpSession(Conv, new KcpOptions { Fec = KcpFec.Mirror }, new KcpContext());
        Assert.Equal(KcpInputResult.Accepted, session.Input(Segment(Conv, Push, 0, [1]), 0));
        var output = new RecordingOutput();
        session.Flush(0, output);
        Assert.Equal(24, Assert.Single(output.Datagrams).Length);
        Assert.Equal(1376, session.MaxSegmentSize);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(1, 1)]
    [InlineData(4, 9)]
    [InlineData(30, 15)]
    public void A_client_with_fec_gets_parity_only_in_its_own_aligned_shape(int data, int parity)
    {
        var context = new KcpContext();
        var options = new KcpOptions
        {
            NoDelay = true,
            Interval = 10,
            StreamMode = true,
            NoCongestionWindow = true,
            SendWindow = 4096,
            ReceiveWindow = 4096,
        };
        using var session = new KcpSession(Conv, options with { Fec = KcpFec.Mirror }, context);
        using var client = new KcpSession(Conv, options with { Fec = KcpFec.Fixed(data, parity) }, context);
        var fromClient = new RecordingOutput();
        var fromServer = new RecordingOutput();
        var all = new List<byte[]>();
        bool knewBefore = false;
        for (long now = 0; now < 20L * (data + parity) * 10; now += 10)
        {
            client.Send([1, 2, 3]);
            session.Send([4, 5, 6, 7]);
            client.Update(now, fromClient);
            session.Update(now, fromServer);
            foreach (byte[] datagram in fromClient.Take())
            {
                session.Input(datagram, now);
            }

            foreach (byte[] datagram in fromServer.Take())
            {
                bool isParity = datagram[4] == 0xf2;
                Assert.False(isParity && !knewBefore, "parity before the shape was known");
                all.Add(datagram);
                client.Input(datagram, now);
            }

            knewBefore = session.PeerFec.DataShards > 0;
            client.Consume(client.ReadableBytes);
            session.Consume(session.ReadableBytes);
        }

        Assert.Equal((data, parity), session.PeerFec);
        Assert.Equal((data, parity), client.PeerFec);
        int firstParity = all.FindIndex(d => d[4] == 0xf2);
        Assert.True(firstParity >= data);
        foreach (byte[] datagram in all.Skip(firstParity - data))
        {
            uint position = BinaryPrimitives.ReadUInt32LittleEndian(datagram) % (uint)(data + parity);
            Assert.Equal(position >= data, datagram[4] == 0xf2);
        }

        // Before that, no two datagrams share a group of any shape.
        uint[] before = [.. all.Take(firstParity - data).Select(d => BinaryPrimitives.ReadUInt32LittleEndian(d))];
        Assert.All(before.Zip(before.Skip(1)), pair => Assert.True(pair.Second - pair.First > FecShape.MaxTotal));
    }

    [Theory]
    [InlineData(1, 254)]
    [InlineData(2, 253)]
    [InlineData(1, 9)]
    [InlineData(100, 65)]
    public void An_expensive_shape_is_read_but_answered_without_parity(int data, int parity)
    {
        var context = new KcpContext();
        var options = new KcpOptions { NoDelay = true, Interval = 10, StreamMode = true, NoCongestionWindow = true };
        using var session = new KcpSession(Conv, options with { Fec = KcpFec.Mirror }, context);
        using var client = new KcpSession(Conv, options with { Fec = KcpFec.Fixed(data, parity) }, context);
        var fromClient = new RecordingOutput();
        var fromServer = new RecordingOutput();
        int answers = 0;
        for (long now = 0; now < 10L * (data + 2) * 4; now += 10)
        {
            client.Send([1, 2, 3]);
            client.Update(now, fromClient);
            fromClient.Take().ToList().ForEach(datagram => session.Input(datagram, now));
            session.Send([4, 5, 6, 7]);
            session.Update(now, fromServer);
            foreach (byte[] datagram in fromServer.Take())
            {
                Assert.Equal(0xf1, datagram[4]);
                client.Input(datagram, now);
                answers++;
            }

            client.Consume(client.ReadableBytes);
            session.Consume(session.ReadableBytes);
        }

        Assert.Equal((data, parity), session.PeerFec);
        Assert.True(answers > data);
    }

    [Fact]
    public void A_group_that_stays_incomplete_is_dropped_after_four_seconds()
    {
        var context = new KcpContext();
        var options = new KcpOptions { NoDelay = true, StreamMode = true };
        using var session = new KcpSession(Conv, options with { Fec = KcpFec.Fixed(10, 3) }, context);
        using var peer = new KcpSession(Conv, options with { Fec = KcpFec.Fixed(10, 3) }, context);
        var output = new RecordingOutput();
        void Exchange(long now)
        {
            session.Send(new byte[1200]);
            session.Update(now, output);
            output.Take().ToList().ForEach(datagram => peer.Input(datagram, now));
            peer.Consume(peer.ReadableBytes);
            peer.Flush(now, output);
            output.Take().ToList().ForEach(datagram => session.Input(datagram, now));
        }

        Exchange(1000);
        Assert.True(session.IsSendDrained);
        Assert.Equal(5000, session.NextUpdate(1000));
        session.Update(5000, output);
        peer.Update(5000, output);
        Assert.Equal(KcpSession.Never, session.NextUpdate(5000));
        Assert.Equal(0, context.Buffers.Outstanding);
        Assert.Empty(output.Take());

        // It goes on at the next group.
        session.Send([1]);
        session.Update(6000, output);
        Assert.Equal(13u, BinaryPrimitives.ReadUInt32LittleEndian(Assert.Single(output.Take())));
    }

    [Fact]
    public void Forged_parity_does_not_stop_the_parity_of_the_answers()
    {
        var context = new KcpContext();
        var options = new KcpOptions { NoDelay = true, Interval = 10, StreamMode = true, NoCongestionWindow = true };
        using var session = new KcpSession(Conv, options with { Fec = KcpFec.Mirror }, context);
        using var client = new KcpSession(Conv, options with { Fec = KcpFec.Fixed(10, 3) }, context);
        var fromClient = new RecordingOutput();
        var fromServer = new RecordingOutput();
        int parityWhileForging = 0;
        int answersWhileForging = 0;
        for (long now = 0; now < 4000; now += 10)
        {
            client.Send([1, 2, 3]);
            client.Update(now, fromClient);
            foreach (byte[] datagram in fromClient.Take())
            {
                // The first datagram of each second group is lost, and forged parity comes for it.
                uint id = BinaryPrimitives.ReadUInt32LittleEndian(datagram);
                if (now > 1000 && id % 26 == 0)
                {
                    byte[] forged = new byte[60];
                    Array.Fill(forged, (byte)0xee);
                    session.Input(Framed(id + 10, parity: true, forged), now);
                }
                else
                {
                    session.Input(datagram, now);
                }
            }

            session.Send([4, 5, 6, 7]);
            session.Update(now, fromServer);
            foreach (byte[] datagram in fromServer.Take())
            {
                parityWhileForging += now > 1000 && datagram[4] == 0xf2 ? 1 : 0;
                answersWhileForging += now > 1000 && datagram[4] == 0xf1 ? 1 : 0;
                client.Input(datagram, now);
            }

            client.Consume(client.ReadableBytes);
            session.Consume(session.ReadableBytes);
        }

        Assert.True(context.Counters.FecErrors > 5);
        Assert.Equal((10, 3), session.PeerFec);
        Assert.InRange(parityWhileForging, (answersWhileForging / 10 * 3) - 3, (answersWhileForging / 10 * 3) + 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Shards_expire_whether_the_session_is_updated_or_flushed(bool flush)
    {
        var context = new KcpContext();
        using var session = new KcpSession(Conv, new KcpOptions { Fec = KcpFec.Mirror }, context);
        using var client = new KcpSession(Conv, new KcpOptions { Fec = KcpFec.Fixed(10, 3), StreamMode = true }, context);
        var output = new RecordingOutput();
        for (int i = 0; i < 33; i++)
        {
            client.Send(new byte[1000]);
            client.Flush(i, output);
            output.Take().ToList().ForEach(datagram => session.Input(datagram, i));
            session.Consume(session.ReadableBytes);
            session.Flush(i, output);
            output.Take().ToList().ForEach(datagram => client.Input(datagram, i));
        }

        long due = session.NextUpdate(100);
        Assert.InRange(due, 4000, 4100);
        if (flush)
        {
            session.Flush(due, output);
        }
        else
        {
            session.Update(due, output);
        }

        Assert.Equal(KcpSession.Never, session.NextUpdate(due));
    }

    [Fact]
    public void Fec_of_the_peer_is_read_without_fec_of_our_own()
    {
        using var session = new KcpSession(Conv, new KcpOptions(), new KcpContext());
        Assert.Equal(KcpInputResult.Accepted, session.Input(Framed(0, false, Segment(Conv, Push, 0, [9])), 0));
        Assert.True(session.HasReadable);
        var output = new RecordingOutput();
        session.Flush(0, output);
        Assert.Equal(24, Assert.Single(output.Datagrams).Length);
    }
}
