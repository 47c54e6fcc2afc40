using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>A peer is asked to prove its address before anything is sent to it, in a way that every ikcp answers.</summary>
public class ChallengeTests
{
    private const uint Conv = 9;
    private const uint Offset = 0x9e37_79b9;
    private const uint BeforeTheFirst = uint.MaxValue;
    private static readonly KcpOptions Server = new() { RequireProof = true, StreamMode = true, ReceiveWindow = 256, Fec = KcpFec.Mirror };

    private readonly KcpContext _context = new();
    private readonly RecordingOutput _output = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_challenge_is_one_empty_segment_that_also_acknowledges(bool framed)
    {
        using KcpSession session = Challenging(at: 1000, framed);
        byte[] datagram = Assert.Single(_output.Take());
        Assert.Equal(framed ? 32 : 24, datagram.Length);
        (byte command, uint sequence, uint timestamp, uint una, _, byte[] payload) = Assert.Single(Read(datagram));
        Assert.Equal((Push, BeforeTheFirst, unchecked(1000 + Offset), 1u, 0), (command, sequence, timestamp, una, payload.Length));
        Assert.Equal(1, _context.Counters.PeersChallenged);
    }

    [Fact]
    public void The_challenge_is_sent_every_half_second_ten_times_at_most()
    {
        using KcpSession session = Challenging(at: 1000);
        byte[] first = Assert.Single(_output.Take());
        List<long> times = [];
        for (long next = session.NextUpdate(1000); next != KcpSession.Never; next = session.NextUpdate(next))
        {
            session.Update(next, _output);
            Assert.Equal(first, Assert.Single(_output.Take()));
            times.Add(next);
        }

        Assert.Equal([1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5500], times);
    }

    [Fact]
    public void A_peer_that_sent_next_to_nothing_is_sent_no_more_than_any_other()
    {
        using KcpSession session = Challenging(at: 1000, framed: true, payload: 1);
        for (long next = session.NextUpdate(1000); next != KcpSession.Never; next = session.NextUpdate(next))
        {
            session.Update(next, _output);
        }

        Assert.InRange(_output.Take().Sum(datagram => datagram.Length), 256, (3 * 33) + 256);
    }

    [Fact]
    public void The_answer_to_the_challenge_proves_the_peer_and_stops_the_copies()
    {
        using KcpSession session = Challenging(at: 1000);
        uint timestamp = Assert.Single(Read(Assert.Single(_output.Take()))).Timestamp;
        session.Input(Segment(Conv, Ack, BeforeTheFirst, timestamp: unchecked(timestamp + 1)), 1010);
        session.Input(Segment(Conv, Ack, 0, timestamp: timestamp), 1010);
        session.Input(Segment(Conv, Push, 1, [1]), 1010);
        Assert.False(session.IsPeerProven);

        session.Input(Segment(Conv, Ack, BeforeTheFirst, timestamp: timestamp), 1020);
        Assert.True(session.IsPeerProven);
        session.Update(1030, _output);
        session.Update(1200, _output);
        Assert.DoesNotContain(_output.Take(), datagram => Read(datagram).Exists(segment => segment.Command == Push));
        Assert.Equal(KcpSession.Never, session.NextUpdate(1200));
        session.ChallengePeer(1300);
        Assert.Equal(KcpSession.Never, session.NextUpdate(1300));

        // Lost copies say nothing about the round trip.
        Assert.Equal(0, session.SmoothedRoundTrip);
        Assert.Equal(1000, session.Send(new byte[1000]));
    }

    [Fact]
    public void A_peer_that_guesses_the_answer_loses_the_session()
    {
        using KcpSession session = Challenging(at: 1000);
        for (uint i = 0; i < 64; i++)
        {
            Assert.False(session.IsDead);
            session.Input(Segment(Conv, Ack, BeforeTheFirst, timestamp: i), 1010);
        }

        Assert.True(session.IsDead);
        Assert.False(session.IsPeerProven);
    }

    [Fact]
    public void Without_a_challenge_there_is_no_answer()
    {
        using var session = new KcpSession(Conv, Server, _context, Offset);
        session.Input(Segment(Conv, Push, 0, [1]), 1000);
        session.Input(Segment(Conv, Ack, BeforeTheFirst, timestamp: Offset), 1010);
        session.Input(Segment(Conv, Ack, BeforeTheFirst), 1010);
        Assert.False(session.IsPeerProven);
    }

    [Fact]
    public void A_segment_after_a_gap_is_acknowledged_on_its_own()
    {
        using var session = new KcpSession(Conv, Server, _context, Offset);
        session.Input(Segment(Conv, Push, 0, [1]), 1000);
        session.Input(Segment(Conv, Push, 2, [3], timestamp: 77), 1000);
        session.Consume(1);
        session.ChallengePeer(1000);
        session.Update(1000, _output);
        var segments = Read(Assert.Single(_output.Take()));
        Assert.Equal(
            [(Ack, 2u, 1u), (Push, BeforeTheFirst, 1u)], segments.Select(segment => (segment.Command, segment.Sequence, segment.Una)));
    }

    /// <summary>Of KCP as the gateway speaks it to backends, and as kcp-go does.</summary>
    [Fact]
    public void A_challenged_session_answers_and_reads_nothing()
    {
        using KcpSession server = Challenging(at: 1000);
        using var client = new KcpSession(Conv, new KcpOptions { StreamMode = true }, _context);
        client.Send([1]);
        client.Flush(1000, _output);
        byte[] question = _output.Take()[0];
        client.Input(question, 1040);
        Assert.False(client.HasReadable);
        Assert.Equal(0, client.InFlight);
        client.Flush(1050, _output);
        server.Input(Assert.Single(_output.Take()), 1100);
        Assert.True(server.IsPeerProven);
    }

    private KcpSession Challenging(long at, bool framed = false, int payload = 18)
    {
        var session = new KcpSession(Conv, Server, _context, Offset);
        byte[] first = Segment(Conv, Push, 0, new byte[payload]);
        session.Input(framed ? Framed(0, false, first) : first, at);
        session.Consume(session.ReadableBytes);
        session.ChallengePeer(at);
        session.Update(at, _output);
        return session;
    }
}
