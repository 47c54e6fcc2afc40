using System.Buffers.Binary;
using Sluice.Kcp;

namespace Sluice.Fuzz;

/// <summary>
/// Datagrams for a KCP session: none makes it throw, spin, keep more memory than it may, or answer an unproven peer with more than it may.
/// The first byte of an input chooses the settings; then each datagram stands behind its length (two bytes) and the milliseconds before it.
/// </summary>
internal sealed class KcpTarget : FuzzTarget, IKcpOutput
{
    private const uint Conv = 0x0102_0304;
    private const int Window = 32;
    private const int SentBytes = 3000;

    private readonly KcpContext _context = new();
    private readonly byte[] _datagram = new byte[KcpOptions.MaxDatagram];
    private long _written;
    private int _count;
    private int _longest;

    public override string Name => "kcp";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        [0, .. Exchange(KcpFec.None)],
        [1, .. Exchange(KcpFec.None)],
        [2, .. Exchange(KcpFec.Fixed(2, 1))],
        [3, .. Exchange(KcpFec.Fixed(2, 1))],
        [3, .. Exchange(KcpFec.Fixed(1, 3))],
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        (_written, _longest) = (0, 0);
        var session = new KcpSession(Conv, SettingsOf(input[0]), _context, clockOffset: (uint)(input[0] & 4) << 29);
        session.Send(new byte[SentBytes]);
        long now = 0;
        long received = 0;
        for (input = input[1..]; input.Length >= 3;)
        {
            int length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(input), input.Length - 3);
            now += input[2];
            ReadOnlySpan<byte> datagram = input.Slice(3, length);
            input = input[(3 + length)..];

            bool wasDead = session.IsDead;
            bool known = KcpDatagram.TryRead(datagram, out KcpDatagram read);
            KcpInputResult result = session.Input(datagram, now);
            bool expected = known && read.Conv == Conv;
            Require(wasDead || (result == KcpInputResult.Accepted) == expected, "what finds a session is what it accepts");
            Require(wasDead || (result == KcpInputResult.Parity) == (known && read.IsParity), "parity is told as such");
            received += result == KcpInputResult.Accepted ? length : 0;
            session.Update(now, this);
            CheckAnswer(session.Remains, datagram);
            Require(session.IsDead || session.NextUpdate(now) > now, "it is not due again at once");
            Require(_context.Buffers.Outstanding <= (3 * Window) + 512 + 1, "memory is bounded");
            Require(session.IsPeerProven || _written <= (3 * received) + 256, "an unproven peer is sent little");
            Require(_longest <= 1400, "no datagram is longer than the mtu");
            session.Consume(session.ReadableBytes / 2);
        }

        // After any input, the session becomes idle or ends by itself.
        for (int i = 0; i < 1000 && !session.IsDead && session.NextUpdate(now) is var next and not KcpSession.Never; i++)
        {
            Require(next > now || i == 0, "it is not due again at once");
            now = Math.Max(now, next);
            session.Update(now, this);
        }

        session.Dispose();
        Require(_context.Buffers.Outstanding == 0, "everything is given back");
    }

    Span<byte> IKcpOutput.GetDatagram(int size) => _datagram;

    void IKcpOutput.Commit(Span<byte> datagram)
    {
        _count++;
        _written += datagram.Length;
        _longest = Math.Max(_longest, datagram.Length);
    }

    private static KcpOptions SettingsOf(byte choice) => new()
    {
        StreamMode = true,
        Fec = KcpFec.Mirror,
        RequireProof = (choice & 1) != 0,
        NoDelay = (choice & 2) != 0,
        NoCongestionWindow = (choice & 4) != 0,
        SendWindow = Window,
        ReceiveWindow = Window,
        SendQueueLimit = Window,
        Bundling = (choice & 8) != 0,
    };

    // The datagrams of a client to a session that answers at once, the first with twenty bytes.
    private static byte[] Exchange(KcpFec fec)
    {
        var context = new KcpContext();
        var fromClient = new Recorder();
        var fromServer = new Recorder();
        using var client = new KcpSession(Conv, new KcpOptions { StreamMode = true, Fec = fec, AckNoDelay = true }, context);
        using var server = new KcpSession(Conv, SettingsOf(3), context);
        server.Send(new byte[SentBytes]);
        var all = new List<byte>();
        long before = 0;
        for (long now = 0; now < 600; now += 60)
        {
            client.Send(new byte[20 + now]);
            client.Flush(now, fromClient);
            foreach (byte[] datagram in fromClient.Take())
            {
                // At the same times as here, or the echoes of the client prove nothing.
                all.AddRange([(byte)datagram.Length, (byte)(datagram.Length >> 8), (byte)(now - before), .. datagram]);
                before = now;
                server.Input(datagram, now);
            }

            server.Consume(server.ReadableBytes);
            server.Flush(now, fromServer);
            fromServer.Take().ForEach(datagram => client.Input(datagram, now));
            client.Consume(client.ReadableBytes);
        }

        return [.. all];
    }

    private void CheckAnswer(KcpRemains remains, ReadOnlySpan<byte> datagram)
    {
        (long written, int count, int longest) = (_written, _count, _longest);
        bool answered = remains.Answer(datagram, SettingsOf(0), _context, this);
        Require(
            _count - count == (answered ? 1 : 0) && _written - written <= datagram.Length,
            "a late datagram is answered by a shorter one, or by none");
        (_written, _longest) = (written, longest);
    }

    private sealed class Recorder : IKcpOutput
    {
        private readonly byte[] _datagram = new byte[KcpOptions.MaxDatagram];
        private List<byte[]> _taken = [];

        public List<byte[]> Take()
        {
            List<byte[]> taken = _taken;
            _taken = [];
            return taken;
        }

        Span<byte> IKcpOutput.GetDatagram(int size) => _datagram;

        void IKcpOutput.Commit(Span<byte> datagram) => _taken.Add(datagram.ToArray());
    }
}
