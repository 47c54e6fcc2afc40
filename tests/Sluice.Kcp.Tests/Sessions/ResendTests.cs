using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>Resends that a peer can cause by choosing its acknowledgements.</summary>
public class ResendTests
{
    private const uint Conv = 7;
    private const int Window = 256;

    private static readonly KcpOptions Gateway = new()
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        SendWindow = Window,
        ReceiveWindow = Window,
        StreamMode = true,
    };

    private readonly KcpContext _context = new();
    private readonly RecordingOutput _output = new();

    private long Resends => _context.Counters.FastResends + _context.Counters.EarlyResends + _context.Counters.TimeoutResends;

    [Fact]
    public void A_repeated_acknowledgement_resends_nothing_more()
    {
        using KcpSession session = WithFullWindow();
        for (long now = 1; now < 28; now++)
        {
            // With the latest time that can be: every segment seems older.
            session.Input(
                [.. Acknowledge(Window - 1, 0), .. Acknowledge(Window - 1, int.MaxValue), .. Acknowledge(Window - 1, (uint)now)], now);
            session.Update(now, _output);
        }

        // The first of them was new: with the window full, each segment that it overtook is sent again once.
        Assert.Equal(Window - 1, Resends);
    }

    [Fact]
    public void Acknowledging_a_window_one_by_one_from_its_end_resends_a_bounded_part()
    {
        using KcpSession session = WithFullWindow();
        long now = 0;
        for (int i = Window - 1; i > 0; i--)
        {
            now += 10;
            uint lastSent = _output.Datagrams.SelectMany(d => Read(d)).Last(s => s.Command == Push && s.Sequence == i).Timestamp;
            session.Input(Acknowledge(i, lastSent), now);
            session.Update(now, _output);
        }

        // Without a bound: a window of 128 segments for each second acknowledgement, 16,000 in all.
        Assert.InRange(Resends, Window, (3 * Window) + (3 * Window) + Window + (now / 30) + 1);
    }

    [Fact]
    public void An_acknowledgement_with_a_time_after_the_last_transmission_is_ignored()
    {
        using KcpSession session = WithFullWindow();
        session.Input([.. Acknowledge(4, 1), .. Acknowledge(5, uint.MaxValue / 2)], 10);
        session.Flush(10, _output);
        Assert.Equal(0, Resends);
        Assert.Equal(0, session.SmoothedRoundTrip);
        session.Input([.. Acknowledge(4, 0), .. Acknowledge(5, 0)], 10);
        session.Flush(11, _output);
        Assert.Equal(4, _context.Counters.FastResends);
        Assert.Equal(10, session.SmoothedRoundTrip);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Acknowledgements_of_later_segments_add_up_within_a_datagram_and_across_datagrams(bool together)
    {
        using var session = new KcpSession(Conv, Gateway, _context);
        session.Input(Segment(Conv, Tell, 0, window: Window), 0);
        session.Send(new byte[10 * session.MaxSegmentSize]);
        session.Update(0, _output);
        session.Send(new byte[session.MaxSegmentSize]);
        session.Input(Acknowledge(1, 0), 5);
        if (!together)
        {
            // One is too few while there is something new to send.
            session.Flush(5, _output);
            Assert.Equal(0, Resends);
            session.Send(new byte[session.MaxSegmentSize]);
        }

        session.Input(Acknowledge(2, 0), 6);
        session.Flush(6, _output);
        Assert.Equal((1, 1), (_context.Counters.FastResends, Resends));
    }

    [Fact]
    public void A_resent_segment_is_overtaken_only_by_what_was_sent_no_earlier()
    {
        using KcpSession session = WithFullWindow();
        session.Input([.. Acknowledge(1, 0), .. Acknowledge(2, 0)], 5);
        session.Flush(5, _output);
        Assert.Equal(1, _context.Counters.FastResends);

        // These left with the first transmission, before the resend.
        session.Input([.. Acknowledge(3, 0), .. Acknowledge(4, 0), .. Acknowledge(5, 0)], 6);
        session.Flush(6, _output);
        Assert.Equal(1, _context.Counters.FastResends);
    }

    [Fact]
    public void Fast_resends_count_towards_the_dead_link()
    {
        using var session = new KcpSession(Conv, Gateway with { DeadLink = 10, DeadLinkTime = 300 }, _context);
        session.Input(Segment(Conv, Tell, 0, window: Window), 0);
        session.Send(new byte[100_000]);
        session.Update(0, _output);
        long now = 0;

        // All but the first segment is acknowledged, so that its timer never runs out.
        while (!session.IsDead && now < 600)
        {
            foreach (var segment in _output.Take().SelectMany(d => Read(d)).Where(s => s.Command == Push && s.Sequence > 0).ToList())
            {
                session.Input(Acknowledge((int)segment.Sequence, segment.Timestamp), now);
            }

            session.Send(new byte[2 * session.MaxSegmentSize]);
            now += 5;
            session.Update(now, _output);
        }

        Assert.True(session.IsDead);
        Assert.InRange(now, 300, 599);
        Assert.Equal(0, _context.Counters.TimeoutResends);
    }

    [Fact]
    public void A_peer_that_answers_again_after_a_long_silence_gets_the_rest_within_a_few_round_trips()
    {
        using KcpSession session = WithFullWindow(deadLinkTime: int.MaxValue);
        long now = 0;
        for (; now < 60_000; now++)
        {
            session.Update(now, _output);
        }

        // Each segment is sent again three times; after that the first one alone is repeated.
        Assert.InRange(Resends, 3 * Window, (3 * Window) + (60_000 / 30));
        var arrived = new HashSet<uint>();
        _output.Take();
        int rounds = 0;
        for (uint una = 0; una < Window; rounds++)
        {
            Assert.True(rounds < 20, "too slow");

            // The peer receives what is sent from here on, and answers 20 ms later.
            for (long end = now + 20; now < end || _output.Datagrams.Count == 0; now++)
            {
                session.Update(now, _output);
            }

            var segments = _output.Take().SelectMany(d => Read(d)).Where(s => s.Command == Push).ToList();
            arrived.UnionWith(segments.Select(s => s.Sequence));
            while (arrived.Contains(una))
            {
                una++;
            }

            foreach (var segment in segments)
            {
                session.Input(Segment(Conv, Ack, segment.Sequence, una: una, timestamp: segment.Timestamp, window: Window), now);
            }
        }

        Assert.InRange(rounds, 1, 8);
    }

    private static byte[] Acknowledge(int sequence, uint timestamp) =>
        Segment(Conv, Ack, (uint)sequence, timestamp: timestamp, window: Window);

    /// <summary>A window in flight, sent at time 0, and more waiting.</summary>
    private KcpSession WithFullWindow(int deadLinkTime = 10_000)
    {
        var session = new KcpSession(Conv, Gateway with { DeadLinkTime = deadLinkTime }, _context);
        session.Input(Segment(Conv, Tell, 0, window: Window), 0);
        session.Send(new byte[2 * Window * session.MaxSegmentSize]);
        session.Update(0, _output);
        Assert.Equal(Window, session.InFlight);
        return session;
    }
}
