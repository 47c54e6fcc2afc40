using Sluice.Transport.WebSocket;

namespace Sluice.Transport.Tests.WebSocket;

/// <summary>Masks of every length and place, against the plain loop of the RFC.</summary>
public sealed class MaskingTests
{
    [Fact]
    public void Every_length_and_distance_is_what_the_plain_loop_gives()
    {
        var random = new Random(4);
        byte[] source = new byte[700];
        random.NextBytes(source);
        for (int length = 0; length <= 300; length++)
        {
            uint key = (uint)random.NextInt64(uint.MaxValue);
            foreach (int distance in new[] { 0, 1, 3, 4, 7, 15, 16, 31, 33, 63, 64, 65, 130 })
            {
                // The destination begins before the source and may overlap it.
                byte[] buffer = [.. source];
                uint next = Masking.Apply(buffer.AsSpan(distance, length), buffer.AsSpan(0, length), key);
                for (int i = 0; i < length; i++)
                {
                    Assert.Equal((byte)(source[distance + i] ^ (byte)(key >> (8 * (i & 3)))), buffer[i]);
                }

                int last = Math.Max(distance + length, length);
                Assert.True(source.AsSpan(last).SequenceEqual(buffer.AsSpan(last)), "bytes behind the source were changed");
                Assert.Equal(uint.RotateRight(key, 8 * (length & 3)), next);
            }
        }
    }

    [Fact]
    public void A_payload_in_pieces_is_the_payload_as_a_whole()
    {
        var random = new Random(5);
        byte[] source = new byte[5000];
        random.NextBytes(source);
        byte[] whole = new byte[source.Length];
        Masking.Apply(source, whole, 0x99aa_bbcc);
        byte[] pieces = new byte[source.Length];
        uint key = 0x99aa_bbcc;
        for (int at = 0; at < source.Length;)
        {
            int count = Math.Min(random.Next(0, 200), source.Length - at);
            key = Masking.Apply(source.AsSpan(at, count), pieces.AsSpan(at), key);
            at += count;
        }

        Assert.Equal(whole, pieces);
    }

    [Fact]
    public void A_destination_that_is_too_short_is_rejected() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Masking.Apply(new byte[5], new byte[4], 1));
}
