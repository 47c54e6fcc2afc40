using Sluice.Kcp.Simulation;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>
/// A number of bytes each way at the same time, written and read in random pieces; every byte is compared with what its place demands.
/// </summary>
internal sealed class Transfer
{
    private readonly SimulationRandom _random;
    private readonly Direction _toFar;
    private readonly Direction _toNear;
    private readonly bool _slowReader;

    public Transfer(ulong seed, long bytesToFar, long bytesToNear, bool slowReader)
    {
        _random = new SimulationRandom(seed ^ 0xfeed);
        _toFar = new Direction(seed, bytesToFar);
        _toNear = new Direction(seed + 1, bytesToNear);
        _slowReader = slowReader;
    }

    public static byte ByteAt(ulong seed, long place) => (byte)((((ulong)place * 0x9e3779b97f4a7c15) + (seed * 0x2545f4914f6cdd1d)) >> 37);

    /// <summary>Whether the far side asks the near one for a proof of its address once it has heard of it.</summary>
    public bool Challenges { get; init; }

    /// <summary>Runs to the last byte, and on until both sides know that all arrived. Fails if that takes more than the limit.</summary>
    public void Run(KcpSimulation simulation, long limit = 3_600_000)
    {
        Assert.True(
            simulation.Run(Turn, limit),
            $"stuck at {simulation.Now}: {_toFar}, {_toNear}, backlog "
                + $"{simulation.Near.Session.SendBacklog}/{simulation.Far.Session.SendBacklog}, dead "
                + $"{simulation.Near.Session.IsDead}/{simulation.Far.Session.IsDead}");
    }

    private bool Turn(KcpSimulation world)
    {
        if (Challenges && world.Far.Session.HasReadable)
        {
            world.Far.Session.ChallengePeer(world.Now);
        }

        bool rest = _slowReader && _random.Happens(0.5);
        _toFar.Write(world.Near.Session, _random);
        _toNear.Write(world.Far.Session, _random);
        if (!rest)
        {
            _toFar.Read(world.Far.Session, _random);
            _toNear.Read(world.Near.Session, _random);
        }

        world.WakeAt = rest ? world.Now + 1 + _random.Next(50) : KcpSession.Never;
        return _toFar.IsDone && _toNear.IsDone && world.Near.Session.IsSendDrained && world.Far.Session.IsSendDrained;
    }

    private sealed class Direction(ulong seed, long total)
    {
        private long _written;
        private long _read;

        public bool IsDone => _read == total;

        public void Write(KcpSession session, SimulationRandom random)
        {
            while (_written < total && session.SendRoom > 0)
            {
                // Message mode takes a message as a whole, so it is kept within a few segments.
                int longest = random.Happens(0.5) ? 100 : 3 * session.MaxSegmentSize;
                var piece = new byte[(int)Math.Min(total - _written, 1 + random.Next(longest))];
                for (int i = 0; i < piece.Length; i++)
                {
                    piece[i] = ByteAt(seed, _written + i);
                }

                int taken = session.Send(piece);
                _written += taken;
                if (taken < piece.Length)
                {
                    return;
                }
            }
        }

        public void Read(KcpSession session, SimulationRandom random)
        {
            while (session.TryPeek(out ReadOnlyMemory<byte> bytes))
            {
                int count = random.Happens(0.8) ? bytes.Length : 1 + random.Next(bytes.Length);
                foreach (byte value in bytes.Span[..count])
                {
                    Assert.True(value == ByteAt(seed, _read), $"wrong byte at {_read}");
                    _read++;
                }

                session.Consume(count);
            }

            Assert.True(_read <= total);
        }

        public override string ToString() => $"{_read}/{_written}/{total}";
    }
}
