using System.Buffers.Binary;
using Sluice.Kcp;
using Sluice.Kcp.Fec;

namespace Sluice.Fuzz;

/// <summary>
/// FEC datagrams for a decoder: it keeps a bounded number of shards, restores none longer than its group, and gives everything back. Each
/// datagram stands behind its length (one byte); an odd last byte doubts every restored shard, as a session does that finds nonsense in it.
/// </summary>
internal sealed class FecTarget : FuzzTarget
{
    private readonly KcpContext _context = new();

    public override string Name => "fec";

    public override IReadOnlyList<byte[]> Corpus { get; } =
        [
            .. new[] { (10, 3), (1, 1), (2, 2), (1, 5), (4, 3) }.SelectMany(
                shape => new[] { Stream(shape, 0), Stream(shape, shape.Item1 + 1) }),
        ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        var decoder = new FecDecoder(_context.Shards);
        bool doubts = !input.IsEmpty && (input[^1] & 1) != 0;
        uint now = 0;
        int longest = 0;
        while (input.Length > 1)
        {
            int length = Math.Min(input[0], input.Length - 1);
            ReadOnlySpan<byte> datagram = input.Slice(1, length);
            input = input[(1 + length)..];
            if (!FecHeader.TryRead(datagram, out FecHeader header))
            {
                now += (uint)length * 100;
                decoder.Expire(now);
                continue;
            }

            longest = Math.Max(longest, length - FecHeader.Size);
            bool wasKnown = decoder.Shape.IsKnown;
            decoder.Add(header, datagram[FecHeader.Size..], now);
            int restored = 0;
            while (decoder.TryTakeRecovered(out ReadOnlySpan<byte> shard))
            {
                restored++;
                Require(shard.Length is >= FecShard.MinSize && shard.Length <= longest, "a restored shard is as long as one of its group");
                if (doubts)
                {
                    decoder.Doubt();
                }
            }

            Require(restored < FecShape.MaxTotal && (restored == 0 || !doubts || restored == 1), "one group at most is restored");
            Require(wasKnown || !decoder.Shape.IsKnown || longest >= FecShard.MinSize, "short shards prove nothing");
            Require(_context.Buffers.Outstanding <= 257, "memory is bounded");
        }

        decoder.Expire(decoder.ExpiresAt);
        Require(!decoder.HoldsShards, "what is held is let go in time");
        decoder.Release();
        Require(_context.Buffers.Outstanding == 0, "everything is given back");
    }

    private static byte[] Stream((int Data, int Parity) shape, int lostEach)
    {
        var encoder = new FecEncoder(new KcpContext().Shards, new FecShape(shape.Data, shape.Parity));
        var random = new Random(1);
        var all = new List<byte>();
        byte[] parity = new byte[KcpOptions.MaxDatagram];
        int sent = 0;
        void Add(ReadOnlySpan<byte> datagram)
        {
            if (lostEach == 0 || ++sent < 3 * (shape.Data + shape.Parity) || sent % lostEach != 0)
            {
                all.Add((byte)datagram.Length);
                all.AddRange(datagram);
            }
        }

        for (int i = 0; i < 5 * shape.Data; i++)
        {
            byte[] datagram = new byte[FecHeader.Size + FecShard.MinSize + random.Next(20)];
            random.NextBytes(datagram);
            bool more = encoder.Frame(datagram);
            BinaryPrimitives.WriteUInt16LittleEndian(datagram.AsSpan(FecHeader.Size), (ushort)(datagram.Length - FecHeader.Size));
            Add(datagram);
            while (more)
            {
                more = encoder.TakeParity(parity, out int length);
                Add(parity.AsSpan(0, length));
            }
        }

        return [.. all];
    }
}
