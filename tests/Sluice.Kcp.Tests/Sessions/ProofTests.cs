using Sluice.Kcp.Simulation;
using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>How much a server keeps for and sends to an address that may be forged.</summary>
public class ProofTests
{
    private const uint Conv = 9;
    private const uint Offset = 0x9e37_79b9;
    private static readonly KcpOptions Server = new() { RequireProof = true, StreamMode = true, ReceiveWindow = 256, Fec = KcpFec.Mirror };

    private static readonly KcpOptions Turbo = Server with
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        AckNoDelay = true,
        SendWindow = 256,
    };

    private readonly KcpContext _context = new();
    private readonly RecordingOutput _output = new();

    [Fact]
    public void A_peer_that_echoes_the_time_of_a_segment_is_proven()
    {
        using KcpSession session = Answering(at: 1000);
        uint sent = Assert.Single(Read(_output.Take().Last()), s => s.Command == Push).Timestamp;
        Assert.Equal(unchecked(1000 + Offset), sent);
        Assert.False(session.IsPeerProven);
        session.Input(AckOf(0, sent, una: 1), 1010);
        Assert.True(session.IsPeerProven);
        Assert.Equal(10, session.SmoothedRoundTrip);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_guessed_time_or_una_alone_proves_nothing_and_is_ignored(int wrong)
    {
        using KcpSession session = Answering(at: 1000);
        uint sent = unchecked(1000 + Offset);
        session.Input(AckOf(0, unchecked(sent + (uint)wrong), una: 0), 1010);
        session.Input(Segment(Conv, Push, 1, [1], una: 1), 1020);
        Assert.False(session.IsPeerProven);
        Assert.Equal(1, session.InFlight);
        Assert.Equal(0, session.SmoothedRoundTrip);
        session.Input(AckOf(0, sent, una: 1), 1030);
        Assert.True(session.IsPeerProven);
        Assert.Equal(0, session.InFlight);
    }

    [Fact]
    public void A_peer_that_keeps_guessing_loses_the_session()
    {
        using KcpSession session = Answering(at: 1000);
        byte[] guesses = [.. Enumerable.Range(0, 21).SelectMany(i => AckOf(0, (uint)i, una: 0))];
        for (int i = 0; i < 3; i++)
        {
            session.Input(guesses, 1010);
        }

        Assert.False(session.IsDead);
        session.Input(AckOf(0, 99, una: 0), 1020);
        Assert.True(session.IsDead);
        Assert.False(session.IsPeerProven);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_unproven_peer_is_sent_three_times_what_it_sent_plus_256_bytes(bool framed)
    {
        // It knows how to have everything sent anew: two acknowledgements of the last segment, with times before and after any other.
        using var session = new KcpSession(Conv, Turbo, _context, Offset);
        long now = 1000;
        long came = 0;
        long went = 0;
        uint id = 0;
        void Take(byte[] segments)
        {
            byte[] datagram = framed ? Framed(id++ << 8, false, segments) : segments;
            came += datagram.Length;
            session.Input(datagram, now);
            session.Consume(session.ReadableBytes);
            session.Send(new byte[session.SendRoom]);
            session.Update(now, _output);
            went += _output.Take().Sum(d => d.Length);
        }

        for (uint i = 0; i < 16; i++)
        {
            Take(Segment(Conv, Push, i, new byte[1300], window: 256));
        }

        for (int i = 0; i < 3000 && !session.IsDead; i++)
        {
            now += 10;
            session.Update(now, _output);
            went += _output.Take().Sum(d => d.Length);
            if (i % 300 == 0)
            {
                uint last = (uint)(session.InFlight - 1);
                Take([.. AckOf(last, 0, 0), .. AckOf(last, 0x8000_0000, 0), .. Segment(Conv, Ask, 0)]);
            }
        }

        Assert.False(session.IsPeerProven);
        Assert.InRange(went, came, (3 * came) + 256);
    }

    [Fact]
    public void A_short_answer_is_retransmitted_to_a_peer_that_sends_nothing_more()
    {
        // The shortest key of all, and the answer that is lost each time but the last.
        using var session = new KcpSession(Conv, Turbo, _context, Offset);
        session.Input(Framed(0, false, Segment(Conv, Push, 0, [.. "\u000a\0\0\01.2.3.4:80"u8], window: 256)), 0);
        session.Consume(session.ReadableBytes);
        session.Send([.. "\u0002\0\0\0ok"u8]);
        int answers = 0;
        for (long now = 0; now < 5000; now += 10)
        {
            session.Update(now, _output);
            answers += _output.Take().SelectMany(d => Read(d)).Count(s => s.Command == Push);
        }

        Assert.InRange(answers, 6, 12);
    }

    [Fact]
    public void Only_a_limited_amount_is_kept_in_order_for_an_unproven_peer()
    {
        using var session = new KcpSession(Conv, Turbo, _context, Offset);
        for (uint i = 0; i < 256; i++)
        {
            session.Input(Segment(Conv, Push, i, new byte[1300], window: 256), 0);
        }

        Assert.InRange(_context.Buffers.OutstandingBytes, 32 * 1376, 96 * 1024);
        session.Consume(session.ReadableBytes);
        session.Send([1]);
        session.Flush(10, _output);
        uint sent = _output.Take().SelectMany(d => Read(d)).Last(s => s.Command == Push).Timestamp;
        session.Input(AckOf(0, sent, una: 1), 20);
        uint next = session.Remains is var remains ? Next(remains) : 0;
        for (uint i = next; i < 256; i++)
        {
            session.Input(Segment(Conv, Push, i, new byte[1300], window: 256), 20);
        }

        Assert.Equal((256 - (int)next) * 1300, session.ReadableBytes);
    }

    [Fact]
    public void An_echo_of_an_earlier_transmission_proves_too()
    {
        using KcpSession session = Answering(at: 1000);
        session.Update(1500, _output);
        Assert.Equal(2, _output.Take().SelectMany(d => Read(d)).Count(s => s.Command == Push));
        session.Input(AckOf(0, unchecked(1000 + Offset), una: 1), 1510);
        Assert.True(session.IsPeerProven);
    }

    [Fact]
    public void An_echo_of_the_last_transmission_proves_although_later_ones_were_not_allowed()
    {
        using KcpSession session = Answering(at: 1000);
        uint last = 0;
        int sent = 0;
        for (long now = 1000; now < 30_000; now += 10)
        {
            session.Update(now, _output);
            foreach (uint timestamp in _output.Take().SelectMany(d => Read(d)).Where(s => s.Command == Push).Select(s => s.Timestamp))
            {
                last = timestamp;
                sent++;
            }
        }

        Assert.InRange(sent, 4, 12);
        session.Input(AckOf(0, last, una: 1), 30_000);
        Assert.True(session.IsPeerProven);
    }

    /// <summary>
    /// The first datagrams are lost. Only the first segment is repeated, and once that has proven the peer, what its timer missed goes at
    /// once.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Segments_lost_after_the_first_are_resent_with_the_proof(bool turbo)
    {
        using var session = new KcpSession(Conv, turbo ? Turbo : Server with { NoCongestionWindow = true }, _context, Offset);
        session.Input(Segment(Conv, Push, 0, new byte[400]), 1000);
        session.Consume(400);
        session.Send([1]);
        session.Send([2]);
        session.Send([3]);
        session.Update(1000, _output);
        Assert.Equal(3, Pushes(_output.Take()).Count);
        uint last = 0;
        long now = 1000;
        for (; now < 2500; now += 10)
        {
            session.Update(now, _output);
            foreach ((uint sequence, uint timestamp) in Pushes(_output.Take()))
            {
                Assert.Equal(0u, sequence);
                last = timestamp;
            }
        }

        session.Input(AckOf(0, last, una: 1), now);
        Assert.Equal(now, session.NextUpdate(now));
        session.Update(now, _output);
        Assert.Equal([1u, 2u], Pushes(_output.Take()).Select(segment => segment.Sequence));
        Assert.InRange(session.NextUpdate(now), now + 100, now + 5000);
    }

    [Fact]
    public void A_write_without_room_costs_no_allowance()
    {
        using KcpSession session = Answering(at: 1000);
        while (session.SendRoom > 0)
        {
            session.Send(new byte[session.SendRoom]);
        }

        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(0, session.Send([3]));
        }

        session.Input(Segment(Conv, Push, 1, new byte[200]), 1010);
        Assert.InRange(session.SendRoom, 100, 224);
    }

    [Fact]
    public void Without_proof_no_parity_is_sent_in_a_fixed_shape_either()
    {
        using var session = new KcpSession(Conv, Turbo with { Fec = KcpFec.Fixed(1, 3) }, _context, Offset);
        long came = 0;
        long went = 0;
        uint ids = 0;
        for (uint i = 0; i < 20; i++)
        {
            byte[] datagram = Segment(Conv, Push, i, [1]);
            came += datagram.Length;
            session.Input(datagram, 1000 + i);
            session.Consume(1);
            session.Send(new byte[session.SendRoom]);
            session.Flush(1000 + i, _output);
            foreach (byte[] sent in _output.Take())
            {
                Assert.Equal(0xf1, sent[4]);
                ids = BitConverter.ToUInt32(sent);
                went += sent.Length;
            }
        }

        Assert.InRange(went, came, (3 * came) + 256);
        session.Input(AckOf(0, unchecked(1000 + Offset), una: 1), 1030);
        session.Send([1]);
        session.Flush(1030, _output);
        List<byte[]> group = [.. _output.Take().TakeLast(4)];
        Assert.Equal([0xf1, 0xf2, 0xf2, 0xf2], group.Select(datagram => datagram[4]));
        uint first = BitConverter.ToUInt32(group[0]);
        Assert.Equal(0u, first % 4);
        Assert.InRange(first, ids + 1, ids + 512);
    }

    [Fact]
    public void Without_the_option_every_peer_counts_as_proven()
    {
        using var session = new KcpSession(Conv, new KcpOptions(), _context);
        Assert.True(session.IsPeerProven);
    }

    [Fact]
    public void Without_proof_little_is_kept_out_of_order()
    {
        using KcpSession session = New();
        session.Input(Segment(Conv, Push, 0, [0]), 0);
        session.Consume(1);
        for (uint i = 2; i < 250; i++)
        {
            session.Input(Segment(Conv, Push, i, new byte[1300]), 0);
        }

        Assert.Equal(0, _context.Buffers.OutstandingBytes);
        for (uint i = 2; i < 250; i++)
        {
            session.Input(Segment(Conv, Push, i, [1]), 0);
        }

        Assert.InRange(_context.Buffers.OutstandingBytes, 64, 512);
        session.Flush(0, _output);
        Assert.InRange(_output.Take().SelectMany(d => Read(d)).Count(s => s.Command == Datagrams.Ack), 1, 9);
    }

    [Fact]
    public void Without_proof_no_shards_are_kept_and_no_parity_is_sent()
    {
        using KcpSession session = New();
        // The worst case: one data datagram teaches a shape of which each further one is answered with 254 of parity.
        for (uint group = 0; group < 3; group++)
        {
            session.Input(Framed(group * 255, false, Segment(Conv, Push, group, [1])), 0);
            for (uint i = 1; i < 255; i++)
            {
                session.Input(Framed((group * 255) + i, true, new byte[40]), 0);
            }
        }

        session.Consume(3);
        Assert.Equal(0, _context.Buffers.Outstanding);
        session.Flush(0, _output);
        Assert.Equal(default, session.PeerFec);
        Assert.All(_output.Take(), d => Assert.Equal(0xf1, d[4]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(15, 3)]
    [InlineData(30, 7)]
    public void Under_loss_every_real_client_is_proven_and_gets_everything(int loss, int parity)
    {
        var client = new KcpOptions
        {
            NoDelay = true,
            Interval = 10,
            FastResend = 2,
            NoCongestionWindow = true,
            StreamMode = true,
            SendWindow = 256,
            ReceiveWindow = 256,
            Fec = parity == 0 ? KcpFec.None : KcpFec.Fixed(10, parity),
        };
        var link = new LinkConditions { Loss = loss / 100.0, Delay = 20, Jitter = 5, Duplication = 0.02 };
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var world = new KcpSimulation(client, client with { RequireProof = true, Fec = KcpFec.Mirror }, link, link, seed);
            byte[] data = new byte[100_000];
            new Random((int)seed).NextBytes(data);
            using var echoed = new MemoryStream();
            int sent = 0;
            bool done = world.Run(
                w =>
                {
                    sent += w.Near.Session.Send(data.AsSpan(sent));
                    while (w.Far.Session.SendRoom > 0 && w.Far.Session.TryPeek(out ReadOnlyMemory<byte> bytes))
                    {
                        w.Far.Session.Consume(w.Far.Session.Send(bytes.Span));
                    }

                    while (w.Near.Session.TryPeek(out ReadOnlyMemory<byte> bytes))
                    {
                        echoed.Write(bytes.Span);
                        w.Near.Session.Consume(bytes.Length);
                    }

                    return echoed.Length == data.Length;
                },
                limit: 120_000);
            Assert.True(done, $"seed {seed}: {echoed.Length} of {data.Length}");
            Assert.True(world.Far.Session.IsPeerProven);
            Assert.True(data.AsSpan().SequenceEqual(echoed.ToArray()), $"seed {seed}");
        }
    }

    /// <summary>
    /// Its key is all that the client has to say, and the backend greets it at length: what is sent before the proof must do.
    /// </summary>
    [Theory]
    [InlineData(10, true, false, 0)]
    [InlineData(10, false, false, 0)]
    [InlineData(30, true, false, 3)]
    [InlineData(30, false, false, 13)]
    [InlineData(10, true, true, 0)]
    [InlineData(10, false, true, 0)]
    [InlineData(30, true, true, 1)]
    [InlineData(30, false, true, 1)]
    public void Under_loss_a_client_that_only_listens_is_proven_within_five_seconds(
        int loss, bool turbo, bool isAskedFirst, int mostUnproven)
    {
        const int Seeds = 1000;
        KcpOptions server = turbo ? Turbo : Server;
        KcpOptions client = server with { RequireProof = false, Fec = KcpFec.Fixed(10, 3) };
        var link = new LinkConditions { Loss = loss / 100.0, Delay = 40, Jitter = 10 };
        int unproven = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            using var world = new KcpSimulation(client, server, link, link, seed);
            world.Near.Session.Send([.. "\u000f\0\0\0127.0.0.1:12345"u8]);
            long? answeredAt = null;
            bool proven = world.Run(
                w =>
                {
                    KcpSession far = w.Far.Session;
                    if (far.ReadableBytes > 0)
                    {
                        far.Consume(far.ReadableBytes);
                        answeredAt = w.Now;
                        if (isAskedFirst)
                        {
                            far.ChallengePeer(w.Now);
                        }
                        else
                        {
                            far.Send([.. "\u0002\0\0\0ok"u8]);
                        }
                    }

                    if (answeredAt is not null && !isAskedFirst)
                    {
                        far.Send(new byte[far.SendRoom]);
                    }

                    w.Near.Session.Consume(w.Near.Session.ReadableBytes);
                    return far.IsPeerProven || w.Now > answeredAt + 5000;
                },
                limit: 60_000) && world.Far.Session.IsPeerProven;
            unproven += proven ? 0 : 1;
        }

        Assert.InRange(unproven, 0, mostUnproven);
    }

    private static List<(uint Sequence, uint Timestamp)> Pushes(List<byte[]> datagrams) =>
        [.. datagrams.SelectMany(d => Read(d)).Where(s => s.Command == Push).Select(s => (s.Sequence, s.Timestamp))];

    private KcpSession New() => new(Conv, Server, _context, Offset);

    private KcpSession Answering(long at)
    {
        KcpSession session = New();
        session.Input(Segment(Conv, Push, 0, [1]), at);
        session.Consume(1);
        session.Send([2]);
        session.Update(at, _output);
        return session;
    }

    /// <summary>The number that a finished session expected next, as its last acknowledgement says it.</summary>
    private uint Next(KcpRemains remains)
    {
        Assert.True(remains.Answer(Segment(Conv, Push, 0, [1]), Turbo, _context, _output));
        return Assert.Single(Read(Assert.Single(_output.Take()))).Una;
    }

    private static byte[] AckOf(uint sequence, uint timestamp, uint una) =>
        Segment(Conv, Datagrams.Ack, sequence, timestamp: timestamp, una: una);
}
