using Sluice.Kcp.Buffers;
using Sluice.Kcp.Fec;
using Xunit;

namespace Sluice.Kcp.Tests.Fec;

/// <summary>Groups and datagrams for the FEC tests.</summary>
internal static class FecWorld
{
    public static byte[][] RandomData(Random random, int count, int length) =>
        [.. Enumerable.Range(0, count).Select(_ =>
        {
            var shard = new byte[length];
            random.NextBytes(shard);
            return shard;
        })];

    public static byte[][] Parity(ReedSolomon code, byte[][] data)
    {
        var parity = new byte[code.Shape.Parity][];
        for (int i = 0; i < parity.Length; i++)
        {
            parity[i] = new byte[data.Max(d => d.Length)];
            for (int j = 0; j < data.Length; j++)
            {
                GaloisKernel.MultiplyAdd(code.Coefficient(i, j), data[j], parity[i]);
            }
        }

        return parity;
    }

    public static void AssertRestores(FecShape shape, byte[][] all, int[] lost)
    {
        var context = new KcpContext();
        var group = default(FecGroup);
        group.Open(context.Shards, 0, shape.Total);
        for (int i = 0; i < all.Length; i++)
        {
            if (!lost.Contains(i))
            {
                group.Add(context.Shards, i, i < shape.Data, all[i]);
            }
        }

        var restored = default(Ring<FecShard>);
        GroupSolver.Restore(ref group, shape, context.Shards, ref restored);
        int[] expected = [.. lost.Where(i => i < shape.Data).Order()];
        Assert.Equal(expected.Length, restored.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(restored[i].Span.SequenceEqual(all[expected[i]]));
        }
    }

    /// <summary>
    /// Data datagrams through an encoder, with the parity between them; each payload is different and of a random length.
    /// </summary>
    public static List<byte[]> Encode(FecEncoder encoder, Random random, int dataDatagrams, int maxPayload = 300)
    {
        var datagrams = new List<byte[]>();
        for (int i = 0; i < dataDatagrams; i++)
        {
            var datagram = new byte[8 + random.Next(24, maxPayload)];
            random.NextBytes(datagram);
            bool more = encoder.Frame(datagram);
            datagrams.Add(datagram);
            while (more)
            {
                var parity = new byte[KcpOptions.MaxDatagram];
                more = encoder.TakeParity(parity, out int length);
                datagrams.Add(parity[..length]);
            }
        }

        return datagrams;
    }

    /// <summary>Feeds a decoder and returns what it restored, by payload; fails where a restored one was never sent.</summary>
    public static List<byte[]> Decode(FecDecoder decoder, IEnumerable<byte[]> datagrams, uint now = 0)
    {
        var restored = new List<byte[]>();
        foreach (byte[] datagram in datagrams)
        {
            Assert.True(FecHeader.TryRead(datagram, out FecHeader header));
            decoder.Add(header, datagram.AsSpan(FecHeader.Size), now);
            while (decoder.TryTakeRecovered(out ReadOnlySpan<byte> shard))
            {
                Assert.True(FecShard.TryGetRestored(shard, out ReadOnlySpan<byte> segments));
                restored.Add(segments.ToArray());
            }
        }

        return restored;
    }
}
