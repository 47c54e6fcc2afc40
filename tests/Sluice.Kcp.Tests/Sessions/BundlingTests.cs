using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>Segments that go once more with later ones, datagram by datagram.</summary>
public class BundlingTests
{
    private const uint Conv = 7;
    private static readonly KcpOptions Bundling = new()
    {
        NoDelay = true,
        Interval = 10,
        NoCongestionWindow = true,
        SendWindow = 64,
        Bundling = true,
        StreamMode = true,
    };

    private readonly KcpContext _context = new();
    private readonly RecordingOutput _output = new();

    [Fact]
    public void After_a_resend_an_unacknowledged_segment_is_sent_again_before_the_next()
    {
        using KcpSession session = AfterResend(Bundling);
        Assert.Equal([(1u, 300u)], SendAt(session, 300, [1]));
        Assert.Equal([(1u, 320u), (2u, 320u)], SendAt(session, 320, [2]));
        Assert.Equal([(2u, 340u), (3u, 340u)], SendAt(session, 340, [3]));
        Assert.Equal(2, _context.Counters.BundledResends);
    }

    [Fact]
    public void A_bundled_segment_is_a_plain_resend()
    {
        using KcpSession session = AfterResend(Bundling);
        SendAt(session, 300, [1, 2, 3]);
        session.Send([4, 5]);
        session.Update(320, _output);
        Assert.Equal([[1, 2, 3], [4, 5]], Read(Assert.Single(_output.Take())).Select(s => s.Payload));
    }

    [Fact]
    public void Acknowledged_or_recent_segments_are_not_bundled()
    {
        using KcpSession session = AfterResend(Bundling);
        SendAt(session, 300, [1]);
        Assert.Equal([(2u, 309u)], SendAt(session, 309, [2]));
        session.Input(Segment(Conv, Ack, 2, timestamp: 309, una: 1), 310);
        Assert.Equal([(1u, 320u), (3u, 320u)], SendAt(session, 320, [3]));
        session.Input(Segment(Conv, Ack, 3, timestamp: 320, una: 4), 325);
        Assert.Equal([(4u, 340u)], SendAt(session, 340, [4]));
    }

    [Fact]
    public void Bundling_sends_no_further_datagram()
    {
        using KcpSession session = AfterResend(Bundling);
        int mss = session.MaxSegmentSize;
        SendAt(session, 300, new byte[100]);
        Assert.Equal([(2u, 320u)], SendAt(session, 320, new byte[mss - 24 - 99]));
        Assert.Equal([(1u, 340u), (3u, 340u)], SendAt(session, 340, new byte[mss - 24 - 100]));
        Assert.Equal([(4u, 360u), (5u, 360u)], SendAt(session, 360, new byte[mss + 1]));
    }

    [Fact]
    public void With_fec_the_datagram_holds_less()
    {
        using KcpSession session = AfterResend(Bundling with { Fec = KcpFec.Fixed(20, 1) });
        int mss = session.MaxSegmentSize;
        SendAt(session, 300, new byte[100]);
        Assert.Equal([(2u, 320u)], SendAt(session, 320, new byte[mss - 24 - 99]));
        Assert.Equal([(1u, 340u), (3u, 340u)], SendAt(session, 340, new byte[mss - 24 - 100]));
    }

    [Fact]
    public void A_link_without_loss_carries_nothing_twice()
    {
        using KcpSession session = new(Conv, Bundling, _context);
        for (uint i = 0; i < 9; i++)
        {
            Assert.Equal([(i, i * 20)], SendAt(session, i * 20, [1]));
        }
    }

    [Fact]
    public void A_link_without_loss_for_ten_seconds_carries_nothing_twice()
    {
        using KcpSession session = AfterResend(Bundling);
        SendAt(session, 10_160, [1]);
        Assert.Equal([(1u, 10_199u), (2u, 10_199u)], SendAt(session, 10_199, [1]));
        Assert.Equal([(3u, 10_220u)], SendAt(session, 10_220, [1]));
    }

    [Fact]
    public void Nothing_is_sent_twice_if_bundling_is_off()
    {
        using KcpSession session = AfterResend(Bundling with { Bundling = false });
        SendAt(session, 300, [1]);
        Assert.Equal([(2u, 320u)], SendAt(session, 320, [2]));
    }

    [Fact]
    public void Nothing_is_bundled_for_an_unproven_peer()
    {
        using KcpSession session = new(Conv, Bundling with { RequireProof = true }, _context);
        session.Input(Segment(Conv, Push, 0, [1]), 0);
        session.Send([0]);
        session.Update(0, _output);
        session.Update(200, _output);
        Assert.Equal(2, _output.Take().Count);
        Assert.Equal([(1u, 220u)], SendAt(session, 220, [1]));
    }

    // Segment 0 was sent at 0, again at 200, and acknowledged as of 0: no timer goes off for some hundred milliseconds.
    private KcpSession AfterResend(KcpOptions options)
    {
        var session = new KcpSession(Conv, options, _context);
        SendAt(session, 0, [0]);
        session.Update(200, _output);
        byte[] ack = Segment(Conv, Ack, 0, timestamp: 0, una: 1);
        session.Input(options.Fec.IsNone ? ack : Framed(0, parity: false, ack), 205);
        _output.Take();
        return session;
    }

    /// <summary>Sent segments, as (sn, ts).</summary>
    private List<(uint Sequence, uint Timestamp)> SendAt(KcpSession session, uint now, byte[] bytes)
    {
        Assert.Equal(bytes.Length, session.Send(bytes));
        session.Update(now, _output);
        return [
            .. _output.Take().SelectMany(datagram => Read(datagram)).Where(s => s.Command == Push).Select(s => (s.Sequence, s.Timestamp)),
        ];
    }
}
