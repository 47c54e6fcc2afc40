using CsCheck;
using Sluice.Kcp.Simulation;
using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>Nothing that comes in throws, costs more memory than it brought, or keeps the session busy.</summary>
public class HostileTests
{
    private const uint Conv = 3;
    private static readonly byte[] Commands = [Push, Ack, Ask, Tell, 0, 80, 85, 0xf1, 0xf2];

    [Fact]
    public void Garbage_of_every_length_is_rejected()
    {
        var random = new SimulationRandom(1);
        using Victim victim = new();
        for (int length = 0; length < 2000; length++)
        {
            for (int round = 0; round < 5; round++)
            {
                var bytes = new byte[length];
                random.Fill(bytes);
                if (round > 2 && length > 6)
                {
                    bytes[4] = (byte)(0xf1 + (round % 2));
                    bytes[5] = 0;
                }

                victim.Take(bytes);
            }
        }
    }

    [Fact]
    public void Well_formed_nonsense_with_extreme_numbers_is_survived() =>
        Gen.Int.Sample(
            seed =>
            {
                var random = new Random(seed);
                uint Number() => random.Next(4) switch
                {
                    0 => (uint)random.Next(40),
                    1 => unchecked((uint)-random.Next(40)),
                    2 => int.MaxValue + (uint)random.Next(-3, 3),
                    _ => (uint)random.NextInt64(uint.MaxValue),
                };
                using Victim victim = new();
                for (int i = 0; i < 300; i++)
                {
                    byte[] bytes = [];
                    for (int segments = random.Next(1, 5); segments > 0; segments--)
                    {
                        bytes =
                        [
                            .. bytes,
                            .. Segment(
                                random.Next(20) == 0 ? Number() : Conv,
                                Commands[random.Next(Commands.Length - (random.Next(3) > 0 ? 5 : 0))],
                                Number(),
                                new byte[random.Next(40)],
                                Number(),
                                (ushort)Number(),
                                Number(),
                                (byte)random.Next(256),
                                random.Next(10) == 0 ? Number() : null),
                        ];
                    }

                    bytes = random.Next(5) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
                    bytes = random.Next(3) switch
                    {
                        0 => Framed(
                            random.Next(3) == 0 ? Number() : (uint)i,
                            random.Next(4) == 0,
                            bytes,
                            random.Next(5) == 0 ? (ushort)Number() : null),
                        _ => bytes,
                    };
                    victim.Take(bytes);
                }
            },
            iter: 300);

    [Fact]
    public void Broken_datagrams_change_nothing()
    {
        using var session = new KcpSession(Conv, new KcpOptions(), new KcpContext());
        byte[] good = Segment(Conv, Push, 0, [1, 2, 3]);
        Assert.Equal(KcpInputResult.Malformed, session.Input([.. good, .. Segment(Conv, Push, 1, [1], length: 2)], 0));
        Assert.Equal(KcpInputResult.Malformed, session.Input([.. good, .. Segment(Conv, 99, 1)], 0));
        Assert.Equal(KcpInputResult.WrongConversation, session.Input([.. good, .. Segment(Conv + 1, Push, 1)], 0));
        Assert.Equal(KcpInputResult.Malformed, session.Input(Segment(Conv, Push, 0, [], length: uint.MaxValue), 0));
        Assert.Equal(KcpInputResult.Malformed, session.Input(Segment(Conv, Push, 0, [], length: 0x80000000), 0));
        Assert.False(session.HasReadable);
        Assert.Equal(KcpSession.Never, session.NextUpdate(0));
    }

    [Fact]
    public void An_acknowledgement_of_a_segment_never_sent_is_ignored()
    {
        using var session = new KcpSession(Conv, new KcpOptions(), new KcpContext());
        session.Send([1]);
        session.Update(0, new RecordingOutput());
        session.Input(Segment(Conv, Ack, 1, una: 2), 1);
        session.Input(Segment(Conv, Ack, 5, una: 0x7fffffff), 1);
        session.Input(Segment(Conv, Ack, uint.MaxValue, una: uint.MaxValue), 1);
        Assert.Equal(1, session.InFlight);
        session.Input(Segment(Conv, Ack, 0, una: 1), 1);
        Assert.True(session.IsSendDrained);
    }

    [Fact]
    public void A_jump_of_the_number_costs_no_more_than_its_segment()
    {
        var context = new KcpContext();
        using var session = new KcpSession(Conv, new KcpOptions { ReceiveWindow = 16384 }, context);
        session.Input(Segment(Conv, Push, 16383, [1]), 0);
        session.Input(Segment(Conv, Push, 20000, [1]), 0);
        Assert.Equal(1, context.Buffers.Outstanding);
        Assert.Equal(64, context.Buffers.OutstandingBytes);
    }

    [Fact]
    public void Acknowledgements_within_a_millisecond_cost_one_scan_of_the_window()
    {
        const int Window = 16_384;
        var context = new KcpContext();
        using var session = new KcpSession(Conv, Wide(Window), context);
        session.Input(Segment(Conv, Tell, 0, window: Window), 0);
        session.Send(new byte[Window * session.MaxSegmentSize]);
        var output = new RecordingOutput();
        session.Update(0, output);
        Assert.Equal(Window, session.InFlight);
        output.Take();
        for (uint i = 1; i < 10_000; i += 2)
        {
            session.Input(Segment(Conv, Ack, Window - i, window: Window), 1);
            session.Update(1, output);
            session.Flush(1, output);
        }

        Assert.InRange(context.Counters.SegmentsExamined, 0, 2 * Window);
    }

    [Fact]
    public void Segments_that_arrive_in_reverse_order_are_read_in_order()
    {
        const int Window = 16_384;
        var context = new KcpContext();
        using var session = new KcpSession(Conv, Wide(Window), context);
        for (int i = Window - 1; i >= 0; i--)
        {
            session.Input(Segment(Conv, Push, (uint)i, [(byte)i, (byte)(i >> 8)]), 0);
        }

        var all = new byte[2 * Window];
        Assert.Equal(all.Length, session.Read(all));
        Assert.All(Enumerable.Range(0, Window), i => Assert.Equal(i, all[2 * i] | (all[(2 * i) + 1] << 8)));
        Assert.Equal(0, context.Buffers.Outstanding);
    }

    [Fact]
    public void An_unanswered_flood_of_repeats_is_not_remembered()
    {
        var context = new KcpContext();
        using var session = new KcpSession(Conv, new KcpOptions(), context);
        for (int i = 0; i < 100_000; i++)
        {
            session.Input(Segment(Conv, Push, (uint)(i % 32), [1]), 0);
        }

        Assert.True(context.Buffers.Outstanding <= 32);
        var output = new RecordingOutput();
        session.Flush(0, output);
        Assert.True(output.Datagrams.Sum(d => d.Length) <= 64 * 24);
    }

    private static KcpOptions Wide(int window) =>
        new() { SendWindow = window, ReceiveWindow = window, NoCongestionWindow = true, FastResend = 2, StreamMode = true };

    private sealed class Victim : IDisposable
    {
        private readonly KcpContext _context = new();
        private readonly RecordingOutput _output = new();
        private readonly KcpSession _session;
        private long _now;

        public Victim()
        {
            _session = new KcpSession(Conv, new KcpOptions { Fec = KcpFec.Mirror, StreamMode = true }, _context);
            _session.Send(new byte[5000]);
        }

        public void Take(byte[] datagram)
        {
            _session.Input(datagram, _now++);
            _session.Update(_now, _output);
            _output.Take();

            // 32 in order and 32 early, 64 to send, three groups of shards, and the learner's table.
            Assert.True(_context.Buffers.Outstanding <= 32 + 32 + 64 + 256 + 256 + 1);
            Assert.True(_session.NextUpdate(_now) > _now || _session.IsDead, "busy");
            _session.Consume(_session.ReadableBytes / 2);
            _session.Update(_now, _output);
        }

        public void Dispose()
        {
            _session.Dispose();
            Assert.Equal(0, _context.Buffers.Outstanding);
        }
    }
}
