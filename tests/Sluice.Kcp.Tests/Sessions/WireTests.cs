using System.Text;
using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>The datagrams that a session writes, compared with kcp-go's behaviour.</summary>
public class WireTests
{
    private const uint Conv = 0x11223344;
    private readonly KcpContext _context = new();
    private readonly RecordingOutput _output = new();

    [Fact]
    public void The_first_segment_equals_that_of_kcp_go_byte_for_byte()
    {
        using KcpSession session = Session(new KcpOptions());
        session.Send("\x0e\0\0\0127.0.0.1:7083"u8);
        session.Update(5, _output);
        Assert.Equal(
            "443322115100200005000000000000000000000012000000" + "0e0000003132372e302e302e313a37303833",
            Convert.ToHexStringLower(Assert.Single(_output.Take())));
    }

    [Fact]
    public void The_first_segment_with_fec_equals_that_of_kcp_go_too()
    {
        using KcpSession session = Session(new KcpOptions { Fec = KcpFec.Fixed(10, 3) });
        session.Send("\x0e\0\0\0127.0.0.1:7083"u8);
        session.Update(0, _output);
        Assert.Equal(
            "00000000f1002c00" + "443322115100200000000000000000000000000012000000" + "0e0000003132372e302e302e313a37303833",
            Convert.ToHexStringLower(Assert.Single(_output.Take())));
        Assert.Equal(1368, session.MaxSegmentSize);
    }

    [Fact]
    public void An_acknowledgement_waits_for_the_interval_and_echoes_the_time_stamp()
    {
        using KcpSession session = Session(new KcpOptions());
        session.Input(Segment(Conv, Push, 0, [1, 2, 3], timestamp: 77), 1000);
        Assert.Equal(1100, session.NextUpdate(1000));
        session.Update(1099, _output);
        Assert.Empty(_output.Datagrams);
        session.Update(1100, _output);
        var ack = Assert.Single(Read(Assert.Single(_output.Take())));
        Assert.Equal((Ack, 0u, 77u, 1u, (ushort)31), (ack.Command, ack.Sequence, ack.Timestamp, ack.Una, ack.Window));
        Assert.Equal(KcpSession.Never, session.NextUpdate(1100));
    }

    [Fact]
    public void An_acknowledgement_goes_out_with_data()
    {
        using KcpSession session = Session(new KcpOptions());
        session.Input(Segment(Conv, Push, 0, [1], timestamp: 9), 0);
        session.Send([5]);
        session.Update(1, _output);
        Assert.Equal([Ack, Push], Read(Assert.Single(_output.Take())).Select(s => s.Command));
    }

    [Fact]
    public void Only_early_segments_and_the_last_one_are_acknowledged_one_by_one()
    {
        using KcpSession session = Session(new KcpOptions());
        foreach (uint sequence in new uint[] { 0, 1, 5, 2, 3 })
        {
            session.Input(Segment(Conv, Push, sequence, [1]), 0);
        }

        session.Flush(0, _output);
        Assert.Equal([5u, 3u], Read(Assert.Single(_output.Take())).Select(s => s.Sequence));
    }

    [Fact]
    public void The_last_acknowledgement_is_of_the_segment_that_was_sent_last()
    {
        using KcpSession session = Session(new KcpOptions());
        foreach ((uint sequence, uint timestamp) in new[] { (0u, 100u), (5u, 300u), (6u, 290u), (1u, 110u) })
        {
            session.Input(Segment(Conv, Push, sequence, [1], timestamp: timestamp), 0);
        }

        session.Flush(0, _output);
        Assert.Equal([(6u, 290u), (5u, 300u)], Read(Assert.Single(_output.Take())).Select(s => (s.Sequence, s.Timestamp)));
    }

    [Fact]
    public void Resends_come_at_kcp_go_s_times_without_nodelay()
    {
        Assert.Equal([0, 200, 600, 1200, 2000, 3000, 4200, 5600], ResendTimes(new KcpOptions(), 6000));
    }

    [Fact]
    public void Resends_come_sooner_with_nodelay()
    {
        Assert.Equal([0, 200, 500, 900, 1400, 2000, 2700], ResendTimes(new KcpOptions { NoDelay = true }, 3000));
    }

    [Fact]
    public void A_segment_overtaken_often_enough_is_resent_at_once()
    {
        using KcpSession session = Session(new KcpOptions { FastResend = 2, NoCongestionWindow = true });
        SendSegments(session, 5);
        _output.Take();
        session.Input([.. Segment(Conv, Ack, 1, timestamp: 0), .. Segment(Conv, Ack, 2, timestamp: 0)], 30);
        session.Flush(30, _output);
        Assert.Equal([0u], Read(Assert.Single(_output.Take())).Select(s => s.Sequence));
        Assert.Equal(1, _context.Counters.FastResends);
    }

    [Fact]
    public void Early_retransmit_resends_an_overtaken_segment_when_there_is_nothing_new()
    {
        using KcpSession session = Session(new KcpOptions { NoCongestionWindow = true });
        SendSegments(session, 3);
        _output.Take();
        session.Input(Segment(Conv, Ack, 2), 30);
        Assert.Equal(100, session.NextUpdate(30));
        session.Update(100, _output);
        Assert.Equal([0u, 1u], _output.Take().SelectMany(d => Read(d)).Select(s => s.Sequence));
        Assert.Equal(2, _context.Counters.EarlyResends);
    }

    [Fact]
    public void The_congestion_window_starts_at_one_and_grows()
    {
        using KcpSession session = Session(new KcpOptions { StreamMode = true });
        session.Send(new byte[20 * 1376]);
        session.Update(0, _output);
        Assert.Single(_output.Take());
        session.Input(Segment(Conv, Ack, 0, una: 1), 10);
        session.Update(10, _output);
        Assert.Equal(2, _output.Take().Count);
        session.Input([.. Segment(Conv, Ack, 1, una: 2), .. Segment(Conv, Ack, 2, una: 3)], 20);
        session.Update(20, _output);
        Assert.InRange(_output.Take().Count, 2, 3);
    }

    [Fact]
    public void A_closed_window_is_probed_after_seven_seconds_and_a_probe_is_answered()
    {
        using KcpSession session = Session(new KcpOptions());
        session.Input(Segment(Conv, Push, 0, [1], window: 0), 0);
        session.Send([2]);
        session.Update(100, _output);
        Assert.Equal([Ack], Read(Assert.Single(_output.Take())).Select(s => s.Command));
        Assert.Equal(7100, session.NextUpdate(101));
        session.Update(7100, _output);
        Assert.Equal([Ask], Read(Assert.Single(_output.Take())).Select(s => s.Command));
        Assert.Equal(7100 + 10500, session.NextUpdate(7100));
        session.Input(Segment(Conv, Tell, 0, window: 32), 7200);
        session.Update(7200, _output);
        Assert.Equal([Push], Read(Assert.Single(_output.Take())).Select(s => s.Command));
        session.Input(Segment(Conv, Ask, 0), 7210);
        session.Update(7210, _output);
        Assert.Contains(Tell, Read(Assert.Single(_output.Take())).Select(s => s.Command));
    }

    [Fact]
    public void Reading_from_a_full_window_notifies_the_peer()
    {
        using KcpSession session = Session(new KcpOptions { ReceiveWindow = 4 });
        for (uint i = 0; i < 5; i++)
        {
            session.Input(Segment(Conv, Push, i, [(byte)i]), 0);
        }

        session.Flush(0, _output);
        Assert.All(Read(Assert.Single(_output.Take())), s => Assert.Equal(0, s.Window));
        var target = new byte[2];
        Assert.Equal(2, session.Read(target));
        Assert.Equal([0, 1], target);
        session.Update(1, _output);
        var told = Assert.Single(Read(Assert.Single(_output.Take())));
        Assert.Equal(Tell, told.Command);
    }

    [Fact]
    public void Fragments_of_a_message_are_taken_together_or_as_a_stream()
    {
        using KcpSession session = Session(new KcpOptions());
        session.Input(Segment(Conv, Push, 0, "ab"u8.ToArray(), fragment: 2), 0);
        session.Input(Segment(Conv, Push, 1, "cd"u8.ToArray(), fragment: 1), 0);
        Assert.Equal(-1, session.NextMessageSize);
        Assert.Equal(-1, session.ReadMessage(new byte[10]));
        session.Input(Segment(Conv, Push, 2, "e"u8.ToArray(), fragment: 0), 0);
        session.Input(Segment(Conv, Push, 3, "next"u8.ToArray(), fragment: 0), 0);
        Assert.Equal(5, session.NextMessageSize);
        var message = new byte[5];
        Assert.Equal(5, session.ReadMessage(message));
        Assert.Equal("abcde", Encoding.ASCII.GetString(message));
        Assert.Equal(4, session.NextMessageSize);
    }

    [Fact]
    public void A_long_message_is_sent_in_fragments_that_count_down()
    {
        using KcpSession session = Session(new KcpOptions { NoCongestionWindow = true });
        Assert.Equal(3000, session.Send(new byte[3000]));
        session.Update(0, _output);
        Assert.Equal([2, 1, 0], _output.Take().Select(d => d[5]));
    }

    [Fact]
    public void A_stream_puts_small_writes_into_one_segment()
    {
        using KcpSession session = Session(new KcpOptions { StreamMode = true });
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(30, session.Send(new byte[30]));
        }

        Assert.Equal(3, session.SendBacklog);
    }

    [Fact]
    public void Back_pressure_takes_what_fits_and_reports_the_room()
    {
        using KcpSession session = Session(new KcpOptions { StreamMode = true, SendQueueLimit = 4, NoCongestionWindow = true });
        Assert.Equal(4 * 1376, session.SendRoom);
        Assert.Equal(32 * 1376, session.WindowRoom);
        Assert.Equal(4 * 1376, session.Send(new byte[10_000]));
        Assert.Equal(0, session.SendRoom);
        Assert.Equal(0, session.Send(new byte[1]));
        Assert.Equal(28 * 1376, session.WindowRoom);
        session.Update(0, _output);
        session.Input(Segment(Conv, Ack, 3, una: 4), 1);
        Assert.Equal(4 * 1376, session.SendRoom);
        Assert.True(session.IsSendDrained);
    }

    [Fact]
    public void A_dead_link_ends_the_session()
    {
        using KcpSession session = Session(new KcpOptions { DeadLink = 5, DeadLinkTime = 0 });
        session.Send([1]);
        long now = 0;
        while (!session.IsDead && now != KcpSession.Never)
        {
            session.Update(now, _output);
            now = session.NextUpdate(now);
        }

        Assert.True(session.IsDead);
        Assert.Equal(5, _output.Datagrams.Count);
        Assert.Equal(KcpInputResult.Ended, session.Input(Segment(Conv, Ack, 0), 9999));
        Assert.Equal(0, session.Send([1]));
    }

    [Fact]
    public void A_dead_link_does_not_end_the_session_before_its_time()
    {
        using KcpSession session = Session(new KcpOptions { NoDelay = true, DeadLink = 5, DeadLinkTime = 10_000 });
        session.Send([1]);
        long now = 0;
        while (!session.IsDead)
        {
            session.Update(now, _output);
            now = session.IsDead ? now : session.NextUpdate(now);
        }

        Assert.True(now >= 10_000);
    }

    [Fact]
    public void A_zero_length_segment_blocks_nobody()
    {
        using KcpSession session = Session(new KcpOptions());
        session.Input(Segment(Conv, Push, 0), 0);
        Assert.False(session.HasReadable);
        session.Input(Segment(Conv, Push, 1, [7]), 0);
        Assert.True(session.TryPeek(out ReadOnlyMemory<byte> bytes));
        Assert.Equal(7, bytes.Span[0]);
        session.Consume(1);
        Assert.Equal(0, session.ReadableSegments);
    }

    /// <summary>As ikcp hands them on.</summary>
    [Fact]
    public void An_empty_message_is_read_as_a_message_of_its_own()
    {
        using KcpSession session = Session(new KcpOptions { ReceiveWindow = 8 });
        byte[][] messages = [[], [1, 2], [], [], [3]];
        for (uint i = 0; i < messages.Length; i++)
        {
            session.Input(Segment(Conv, Push, i, messages[i]), 0);
        }

        // An empty message in fragments is one message too.
        session.Input(Segment(Conv, Push, 5, fragment: 1), 0);
        session.Input(Segment(Conv, Push, 6, fragment: 0), 0);
        var target = new byte[2];
        Assert.Equal([0, 2, 0, 0, 1, 0, -1], Enumerable.Range(0, 7).Select(_ => session.ReadMessage(target)));
        Assert.Equal(0, session.ReadableSegments);
        Assert.Equal(0, _context.Buffers.Outstanding);
    }

    [Fact]
    public void Empty_messages_after_consumed_bytes_are_kept()
    {
        using KcpSession session = Session(new KcpOptions());
        session.Input([.. Segment(Conv, Push, 0, [1, 2]), .. Segment(Conv, Push, 1), .. Segment(Conv, Push, 2, [3])], 0);
        session.Consume(2);
        var target = new byte[1];
        Assert.Equal(0, session.ReadMessage(target));
        Assert.Equal(1, session.ReadMessage(target));
        Assert.Equal(3, target[0]);
    }

    /// <summary>kcp-go's reader waits for ever at an empty message, so none is sent.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_empty_message_is_not_sent(bool streamMode)
    {
        using KcpSession session = Session(new KcpOptions { StreamMode = streamMode });
        Assert.Equal(0, session.Send([]));
        Assert.Equal(0, session.SendBacklog);
    }

    /// <summary>A client of ikcp may send empty messages to stay alive, for as long as it likes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Zero_length_segments_do_not_fill_the_window_of_a_stream(bool requireProof)
    {
        using KcpSession session = Session(new KcpOptions { StreamMode = true, RequireProof = requireProof });
        for (uint i = 0; i < 100; i += 2)
        {
            // Out of order too.
            session.Input(Segment(Conv, Push, i + 1), 1000 + i);
            session.Input(Segment(Conv, Push, i), 1000 + i);
        }

        session.Update(2000, _output);
        Assert.Equal((ushort)32, Read(_output.Take().Last()).Last().Window);
        Assert.Equal(0, _context.Buffers.Outstanding);
        session.Input(Segment(Conv, Push, 100, [7]), 2000);
        Assert.True(session.TryPeek(out ReadOnlyMemory<byte> bytes));
        Assert.Equal([7], bytes.ToArray());
    }

    [Fact]
    public void Several_segments_can_be_peeked_and_consumed_by_bytes()
    {
        using KcpSession session = Session(new KcpOptions());
        for (uint i = 0; i < 3; i++)
        {
            session.Input(Segment(Conv, Push, i, [(byte)(2 * i), (byte)((2 * i) + 1)]), 0);
        }

        var segments = new ReadOnlyMemory<byte>[8];
        Assert.Equal(3, session.Peek(segments));
        session.Consume(3);
        Assert.Equal(2, session.Peek(segments));
        Assert.Equal(3, segments[0].Span[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Consume(4));
    }

    private KcpSession Session(KcpOptions options) => new(Conv, options, _context);

    private void SendSegments(KcpSession session, int count)
    {
        for (int i = 0; i < count; i++)
        {
            session.Send([(byte)i]);
        }

        session.Update(0, _output);
    }

    private List<int> ResendTimes(KcpOptions options, int until)
    {
        using KcpSession session = Session(options);
        session.Send([1]);
        var times = new List<int>();
        for (long now = 0; now <= until; now = session.NextUpdate(now))
        {
            session.Update(now, _output);
            Assert.Single(_output.Take());
            times.Add((int)now);
        }

        return times;
    }
}
