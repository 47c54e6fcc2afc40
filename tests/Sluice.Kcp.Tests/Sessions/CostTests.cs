using Sluice.Kcp.Simulation;
using Sluice.Kcp.Tests.Simulated;
using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>Memory and allocations, measured.</summary>
[Collection(nameof(AloneCollection))]
public class CostTests
{
    private static readonly KcpOptions Options =
        new() { NoDelay = true, Interval = 10, FastResend = 2, NoCongestionWindow = true, StreamMode = true, Fec = KcpFec.Mirror };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_session_that_has_seen_one_datagram_takes_less_than_a_kilobyte(bool fec)
    {
        byte[] first = Segment(1, Push, 0, [1, 2, 3]);
        first = fec ? Framed(0, false, first) : first;
        long each = PerSession(context =>
        {
            var session = new KcpSession(1, Options, context);
            session.Input(first, 0);
            return session;
        });
        Assert.True(each <= 1024, $"{each} bytes");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_idle_session_after_its_handshake_takes_less_than_one_and_a_half(bool fec)
    {
        var output = new RecordingOutput();
        long each = PerSession(context =>
        {
            var session = new KcpSession(1, Options, context);
            byte[] frame = Segment(1, Push, 0, new byte[18]);
            session.Input(fec ? Framed(0, false, frame) : frame, 0);
            session.Read(new byte[18]);
            session.Send(new byte[6]);
            session.Update(0, output);
            byte[] ack = Segment(1, Ack, 0, una: 1);
            session.Input(fec ? Framed(1, false, ack) : ack, 5);
            session.Update(5, output);
            output.Take();
            Assert.Equal(KcpSession.Never, session.NextUpdate(5));
            return session;
        });
        Assert.True(each <= 1536, $"{each} bytes");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_allocated_per_message(bool fec)
    {
        using var simulation = new KcpSimulation(
            Options with { Fec = fec ? KcpFec.Fixed(10, 3) : KcpFec.None }, Options, LinkConditions.Perfect, LinkConditions.Perfect, 1);
        KcpSession near = simulation.Near.Session;
        KcpSession far = simulation.Far.Session;
        var toFar = new Pipe(far);
        var toNear = new Pipe(near);
        var message = new byte[64];
        long now = 0;
        void Round()
        {
            now += 10;
            near.Send(message);
            toFar.Now = toNear.Now = now;
            near.Update(now, toFar);
            far.Send(message.AsSpan(0, far.Read(message)));
            far.Update(now, toNear);
            near.Read(message);
        }

        for (int i = 0; i < 2000; i++)
        {
            Round();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            Round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>All of them have a message in flight at the same time, as after a broadcast.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_allocated_per_message_of_five_thousand_sessions(bool fec)
    {
        const int Sessions = 5000;
        using var near = new Crowd(Sessions, Options with { Fec = fec ? KcpFec.Fixed(10, 3) : KcpFec.None });
        using var far = new Crowd(Sessions, Options);
        byte[] message = new byte[64];
        long now = 0;
        int wrong = 0;
        for (int i = 0; i < (fec ? 150 : 30); i++)
        {
            Round();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            Round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, wrong);

        void Round()
        {
            now += 10;
            for (int i = 0; i < Sessions; i++)
            {
                near.Session(i).Send(message);
            }

            near.Flush(now, far);
            for (int i = 0; i < Sessions; i++)
            {
                wrong += far.Session(i).Read(message) == message.Length ? 0 : 1;
                far.Session(i).Send(message);
            }

            far.Flush(now, near);
            for (int i = 0; i < Sessions; i++)
            {
                wrong += near.Session(i).Read(message) == message.Length ? 0 : 1;
            }
        }
    }

    [Fact]
    public void A_session_after_bulk_with_loss_becomes_small_again()
    {
        var link = new LinkConditions { Delay = 20, Loss = 0.1 };
        using var simulation = new KcpSimulation(Options with { Fec = KcpFec.Fixed(10, 3) }, Options, link, link, 9);
        new Transfer(9, 500_000, 500_000, false).Run(simulation);
        simulation.Run(_ => false, 10_000);
        Assert.Equal(KcpSession.Never, simulation.Near.Session.NextUpdate(simulation.Now));
        Assert.Equal(KcpSession.Never, simulation.Far.Session.NextUpdate(simulation.Now));

        // Only the parity sums of an open group remain on each side: three buffers.
        Assert.True(simulation.Context.Buffers.Outstanding <= 6, $"{simulation.Context.Buffers.Outstanding} buffers");
    }

    private static long PerSession(Func<KcpContext, KcpSession> make)
    {
        const int Count = 2000;
        var context = new KcpContext();
        var sessions = new KcpSession[Count];
        make(context).Dispose();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            sessions[i] = make(context);
        }

        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(sessions);
        GC.KeepAlive(context);
        return (after - before) / Count;
    }

    /// <summary>Sessions of one context, each joined with the one of the same number in another crowd.</summary>
    private sealed class Crowd : IKcpOutput, IDisposable
    {
        private readonly KcpSession[] _sessions;
        private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];
        private KcpSession? _target;
        private long _now;

        public Crowd(int count, KcpOptions options)
        {
            var context = new KcpContext();
            _sessions = [.. Enumerable.Range(1, count).Select(conv => new KcpSession((uint)conv, options, context))];
        }

        public KcpSession Session(int index) => _sessions[index];

        public void Flush(long now, Crowd target)
        {
            _now = now;
            for (int i = 0; i < _sessions.Length; i++)
            {
                _target = target._sessions[i];
                _sessions[i].Update(now, this);
            }
        }

        public Span<byte> GetDatagram(int size) => _buffer;

        public void Commit(Span<byte> datagram) => _target!.Input(datagram, _now);

        public void Dispose() => Array.ForEach(_sessions, session => session.Dispose());
    }

    private sealed class Pipe(KcpSession target) : IKcpOutput
    {
        private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];

        public long Now { get; set; }

        public Span<byte> GetDatagram(int size) => _buffer;

        public void Commit(Span<byte> datagram) => target.Input(datagram, Now);
    }
}
