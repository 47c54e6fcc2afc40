using CsCheck;
using Sluice.Kcp.Fec;
using Xunit;

namespace Sluice.Kcp.Tests.Fec;

public class FecDecoderTests
{
    [Theory]
    [InlineData(10, 3)]
    [InlineData(2, 2)]
    [InlineData(1, 1)]
    [InlineData(30, 15)]
    [InlineData(3, 1)]
    [InlineData(1, 5)]
    [InlineData(200, 55)]
    public void The_shape_of_a_peer_is_learnt_from_its_datagrams(int data, int parity)
    {
        var context = new KcpContext();
        var decoder = new FecDecoder(context.Shards);
        var encoder = new FecEncoder(context.Shards, new FecShape(data, parity));
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, new Random(1), data * 4));
        Assert.Equal(new FecShape(data, parity), decoder.Shape);
        decoder.Release();
        encoder.Release();
        Assert.Equal(0, context.Buffers.Outstanding);
    }

    [Theory]
    [InlineData(10, 3, 24)]
    [InlineData(30, 15, 76)]
    [InlineData(1, 1, 4)]
    public void Without_loss_the_shape_is_certain_after_a_known_number_of_datagrams(int data, int parity, int expected)
    {
        var context = new KcpContext();
        var decoder = new FecDecoder(context.Shards);
        int count = 0;
        foreach (byte[] datagram in FecWorld.Encode(new FecEncoder(context.Shards, new FecShape(data, parity)), new Random(1), data * 3))
        {
            FecWorld.Decode(decoder, [datagram]);
            count++;
            if (decoder.Shape.IsKnown)
            {
                break;
            }
        }

        Assert.Equal(expected, count);
    }

    [Fact]
    public void Under_loss_nothing_wrong_is_ever_restored_and_the_shape_is_never_wrong() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 20], Gen.Int[0, 30], Gen.UInt, Gen.Int).Sample(
            (data, parity, lossPercent, startId, seed) =>
            {
                var shape = new FecShape(data, parity);
                var random = new Random(seed);
                var context = new KcpContext();
                var encoder = new FecEncoder(context.Shards, shape);
                encoder.StartAt(startId);
                List<byte[]> sent = FecWorld.Encode(encoder, random, data * 12, 100);
                var arrived = sent.Where(_ => random.Next(100) >= lossPercent).ToList();
                Shuffle(arrived, random);
                var decoder = new FecDecoder(context.Shards);
                var payloads = sent.Select(d => Convert.ToHexString(d.AsSpan(8))).ToHashSet();
                foreach (byte[] datagram in arrived)
                {
                    foreach (byte[] restored in FecWorld.Decode(decoder, [datagram]))
                    {
                        Assert.Contains(Convert.ToHexString(restored), payloads);
                    }

                    Assert.True(!decoder.Shape.IsKnown || decoder.Shape == shape);
                }

                decoder.Release();
                encoder.Release();
                Assert.Equal(0, context.Buffers.Outstanding);
            },
            iter: 2000);

    [Fact]
    public void A_certain_shape_restores_every_loss_that_it_allows() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int).Sample(
            (data, parity, seed) =>
            {
                var random = new Random(seed);
                var shape = new FecShape(data, parity);
                var context = new KcpContext();
                var encoder = new FecEncoder(context.Shards, shape);
                var decoder = new FecDecoder(context.Shards);
                FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, data * 4, 100));
                for (int group = 0; group < 5; group++)
                {
                    List<byte[]> sent = FecWorld.Encode(encoder, random, data, 100);
                    int[] lost = [.. Enumerable.Range(0, shape.Total).OrderBy(_ => random.Next()).Take(parity)];
                    List<byte[]> restored = FecWorld.Decode(decoder, sent.Where((_, i) => !lost.Contains(i)));
                    Assert.Equal(
                        lost.Where(i => i < data).Order().Select(i => Convert.ToHexString(sent[i].AsSpan(8))),
                        restored.Select(Convert.ToHexString));
                }
            },
            iter: 500);

    [Fact]
    public void A_peer_that_starts_without_parity_and_continues_in_a_shape_is_understood() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[1, 20], Gen.Int[1, 10], Gen.Int[0, 20], Gen.Int).Sample(
            (before, data, parity, lossPercent, seed) =>
            {
                var random = new Random(seed);
                var context = new KcpContext();
                var encoder = new FecEncoder(context.Shards, default);
                List<byte[]> sent = FecWorld.Encode(encoder, random, before, 60);
                var shape = new FecShape(data, parity);
                encoder.SetShape(shape);
                sent.AddRange(FecWorld.Encode(encoder, random, data * 20, 60));
                var payloads = sent.Select(d => Convert.ToHexString(d.AsSpan(8))).ToHashSet();
                var decoder = new FecDecoder(context.Shards);
                List<byte[]> restored = FecWorld.Decode(decoder, sent.Where(_ => random.Next(100) >= lossPercent));
                Assert.All(restored, payload => Assert.Contains(Convert.ToHexString(payload), payloads));
            },
            iter: 500);

    [Fact]
    public void A_peer_that_changes_its_shape_loses_the_old_one_at_once_and_the_new_one_is_learnt()
    {
        var context = new KcpContext();
        var random = new Random(3);
        var encoder = new FecEncoder(context.Shards, new FecShape(10, 3));
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 40));
        encoder.SetShape(new FecShape(4, 2));
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 40));
        Assert.Equal(new FecShape(4, 2), decoder.Shape);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Forged_ids_far_ahead_cost_some_groups_and_no_more(int forged)
    {
        var context = new KcpContext();
        var random = new Random(1);
        var encoder = new FecEncoder(context.Shards, new FecShape(10, 3));
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 60));
        for (uint group = 0; group < forged; group++)
        {
            byte[] parity = new byte[40];
            FecHeader.Write(parity, ((1_000_000u + group) * 13) + 10, isParity: true);
            FecWorld.Decode(decoder, [parity]);
        }

        // One of each group is lost.
        int restored = FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 3000).Where((_, i) => i % 13 != 4)).Count;
        Assert.InRange(restored, 300 - 10, 300);
    }

    [Fact]
    public void Forged_parity_in_a_place_of_data_costs_one_group_but_not_the_shape()
    {
        var context = new KcpContext();
        var random = new Random(1);
        var encoder = new FecEncoder(context.Shards, new FecShape(10, 3));
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 60));
        int restored = 0;
        for (int i = 0; i < 20; i++)
        {
            byte[] parity = new byte[40];
            FecHeader.Write(parity, encoder.NextId + 3, isParity: true);
            List<byte[]> group = FecWorld.Encode(encoder, random, 10);
            restored += FecWorld.Decode(decoder, [group[0], parity, .. group.Where((_, at) => at is not (0 or 4))]).Count;
            restored += FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 10).Where((_, at) => at != 4)).Count;
            Assert.Equal(new FecShape(10, 3), decoder.Shape);
        }

        Assert.Equal(20, restored);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(20, 10)]
    public void Forged_parity_in_its_own_place_costs_one_group_but_not_the_shape(int data, int parity)
    {
        var context = new KcpContext();
        var random = new Random(1);
        var shape = new FecShape(data, parity);
        var encoder = new FecEncoder(context.Shards, shape);
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, data * 6));
        for (int i = 0; i < 20; i++)
        {
            byte[] forged = new byte[200];
            random.NextBytes(forged);
            forged[6] = forged[7] = 0xff; // no size of a restored shard
            FecHeader.Write(forged, encoder.NextId + (uint)data, isParity: true);
            List<byte[]> group = FecWorld.Encode(encoder, random, data);
            int senseless = 0;
            foreach (byte[] datagram in (byte[][])[forged, .. group.Skip(1)])
            {
                FecHeader.TryRead(datagram, out FecHeader header);
                decoder.Add(header, datagram.AsSpan(FecHeader.Size), 0);
                while (decoder.TryTakeRecovered(out ReadOnlySpan<byte> shard))
                {
                    Assert.False(FecShard.TryGetRestored(shard, out _));
                    senseless++;
                    decoder.Doubt();
                }
            }

            Assert.Equal(1, senseless);
            Assert.Equal(shape, decoder.Shape);
            Assert.Single(FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, data).Skip(1)));
        }
    }

    [Fact]
    public void Forged_parity_counts_once_per_group_and_three_groups_in_a_row_discard_the_shape()
    {
        var context = new KcpContext();
        var random = new Random(1);
        var shape = new FecShape(10, 3);
        var encoder = new FecEncoder(context.Shards, shape);
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 60));
        for (int group = 1; group <= 3; group++)
        {
            Assert.Equal(shape, decoder.Shape);
            uint first = encoder.NextId;
            List<byte[]> sent = FecWorld.Encode(encoder, random, 10);
            FecWorld.Decode(decoder, [sent[0], ParityAt(first + 3), ParityAt(first + 4), ParityAt(first + 5), .. sent.Skip(1)]);
        }

        Assert.False(decoder.Shape.IsKnown);
    }

    [Fact]
    public void Parity_that_claims_places_of_data_ahead_of_the_peer_is_ignored()
    {
        var context = new KcpContext();
        var random = new Random(1);
        var encoder = new FecEncoder(context.Shards, new FecShape(10, 3));
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 60));
        FecWorld.Decode(decoder, Enumerable.Range(0, 100).Select(group => ParityAt(encoder.NextId + ((uint)group * 13) + 1)));
        Assert.Equal(20, FecWorld.Decode(decoder, FecWorld.Encode(encoder, random, 200).Where((_, i) => i % 13 != 4)).Count);
    }

    // A parity datagram at a multiple of a size rules that size out. So only groups of 131 with one data shard are left; then comes one
    // whose parity agrees with itself.
    [Fact]
    public void Parity_alone_proves_no_shape()
    {
        const uint Size = 131;
        var context = new KcpContext();
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, Enumerable.Range(2, 254).Where(size => size != Size).Select(size => ParityAt((uint)size)));
        FecWorld.Decode(decoder, Enumerable.Range(1, 8).Select(place => ParityAt((1000 * Size) + (uint)place)));
        Assert.False(decoder.Shape.IsKnown);
        decoder.Release();
        Assert.Equal(0, context.Buffers.Outstanding);
    }

    [Theory]
    [InlineData(25, false)]
    [InlineData(26, true)]
    public void Shards_too_short_for_a_segment_are_ignored(int length, bool taken)
    {
        var context = new KcpContext();
        var encoder = new FecEncoder(context.Shards, new FecShape(2, 1));
        var decoder = new FecDecoder(context.Shards);
        for (int i = 0; i < 20; i++)
        {
            byte[] datagram = new byte[FecHeader.Size + length];
            bool more = encoder.Frame(datagram);
            FecWorld.Decode(decoder, [datagram]);
            while (more)
            {
                more = encoder.TakeParity(datagram, out int size);
                FecWorld.Decode(decoder, [datagram[..size]]);
            }
        }

        Assert.Equal(taken, decoder.Shape.IsKnown);
    }

    [Theory]
    [InlineData(-23981006)]
    public void Random_headers_that_once_restored_a_shard(int seed) => RandomHeaders(seed);

    [Fact]
    public void Random_headers_cost_bounded_memory_and_restore_nothing() => Gen.Int.Sample(RandomHeaders, iter: 50);

    [Fact]
    public void Held_shards_expire()
    {
        var context = new KcpContext();
        var encoder = new FecEncoder(context.Shards, new FecShape(10, 3));
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, FecWorld.Encode(encoder, new Random(1), 45), now: 1000);
        encoder.Release();
        Assert.True(decoder.HoldsShards);
        decoder.Expire(decoder.ExpiresAt - 1);
        Assert.True(decoder.HoldsShards);
        decoder.Expire(decoder.ExpiresAt);
        Assert.False(decoder.HoldsShards);
        Assert.Equal(0, context.Buffers.Outstanding);
    }

    [Fact]
    public void Ids_wrap_at_the_end_of_a_group_as_in_kcp_go()
    {
        var encoder = new FecEncoder(new KcpContext().Shards, new FecShape(10, 3));
        encoder.StartAt(4294967287 - 13);
        List<byte[]> sent = FecWorld.Encode(encoder, new Random(1), 11);
        Assert.Equal(4294967286u, BitConverter.ToUInt32(sent[12]));
        Assert.Equal(0u, BitConverter.ToUInt32(sent[13]));
    }

    // A proof compares 26 random bytes or more, so the chance that any of these datagrams restores something is below 2^-190.
    private static void RandomHeaders(int seed)
    {
        var random = new Random(seed);
        var context = new KcpContext();
        var decoder = new FecDecoder(context.Shards);
        uint id = (uint)random.NextInt64(uint.MaxValue);
        int restored = 0;
        for (int i = 0; i < 2000; i++)
        {
            var datagram = new byte[random.Next(6, 100)];
            random.NextBytes(datagram);
            id = random.Next(20) == 0 ? (uint)random.NextInt64(uint.MaxValue) : id + (uint)random.Next(4);
            FecHeader.Write(datagram, id, random.Next(3) == 0);
            FecHeader.TryRead(datagram, out FecHeader header);
            decoder.Add(header, datagram.AsSpan(6), 0);
            while (decoder.TryTakeRecovered(out _))
            {
                restored++;
            }

            // 255 shards, the one that is added, and the learner's table.
            Assert.InRange(context.Buffers.Outstanding, 0, 257);
        }

        Assert.Equal(0, restored);
        decoder.Release();
        Assert.Equal(0, context.Buffers.Outstanding);
    }

    private static byte[] ParityAt(uint id)
    {
        byte[] datagram = new byte[40];
        datagram.AsSpan(FecHeader.Size).Fill(7);
        FecHeader.Write(datagram, id, isParity: true);
        return datagram;
    }

    // Neighbours change places, as on a real path.
    private static void Shuffle(List<byte[]> datagrams, Random random)
    {
        for (int i = 0; i + 3 < datagrams.Count; i++)
        {
            if (random.Next(10) == 0)
            {
                int other = i + random.Next(1, 4);
                (datagrams[i], datagrams[other]) = (datagrams[other], datagrams[i]);
            }
        }
    }
}
