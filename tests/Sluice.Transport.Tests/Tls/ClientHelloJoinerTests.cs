using System.Buffers.Binary;
using Sluice.Transport.Tls;

namespace Sluice.Transport.Tests.Tls;

/// <summary>The records of a ClientHello become one, however they and the segments below them are split.</summary>
public sealed class ClientHelloJoinerTests
{
    private const int MaxPayload = 16 * 1024;

    [Theory, InlineData(1), InlineData(3), InlineData(100_000)]
    public void Two_records_are_joined_wherever_they_are_split(int segment)
    {
        byte[] hello = Hello(200);
        byte[] behind = [20, 3, 3, 0, 1, 1];
        for (int at = 1; at < hello.Length; at++)
        {
            byte[] sent = [.. Record(hello[..at]), .. Record(hello[at..]), .. behind];
            Assert.Equal([.. Record(hello), .. behind], [.. Join(sent, segment, out int rest), .. sent[^rest..]]);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(5), InlineData(16_000)]
    public void The_largest_hello_is_joined_from_records_of_any_size(int size)
    {
        byte[] hello = Hello(MaxPayload);
        byte[] sent = [.. hello.Chunk(size).SelectMany(Record)];
        Assert.Equal(Record(hello), Join(sent, 1000, out int rest));
        Assert.Equal(0, rest);
    }

    [Fact]
    public void A_hello_in_one_record_is_given_on_as_it_is()
    {
        byte[] sent = Record(Hello(200));
        Assert.True(ClientHelloJoiner.IsComplete(sent));
        Assert.True(ClientHelloJoiner.IsComplete([.. sent, 1, 2, 3]));
        Assert.True(ClientHelloJoiner.IsComplete("GET / HTTP/1.1\r\n"u8));
        for (int count = 1; count < sent.Length; count++)
        {
            Assert.False(ClientHelloJoiner.IsComplete(sent.AsSpan(0, count)));
        }

        Assert.Equal(sent, Join(sent, 1, out _));
    }

    /// <summary>The framework rejects it, with the alert that is due: it must see it at once, and unchanged.</summary>
    [Theory]
    [InlineData(21, 3, 2, 0)]
    [InlineData(22, 2, 2, 1)]
    [InlineData(22, 3, 0, 4)]
    [InlineData(23, 3, 30_000, 0)]
    public void Anything_but_a_further_record_of_the_hello_ends_the_joining(byte type, byte major, int length, int visibleAt)
    {
        byte[] first = Record(Hello(200)[..100]);
        byte[] next = [type, major, 3, (byte)(length >> 8), (byte)length, 9, 9, 9];
        var joiner = new ClientHelloJoiner();
        Assert.False(joiner.Add((byte[])[.. first, .. next.AsSpan(0, visibleAt)]));
        Assert.True(joiner.Add(next.AsSpan(visibleAt)));
        Assert.Equal([.. first, .. next], joiner.Buffer[..joiner.Count]);
    }

    [Theory]
    [InlineData(new byte[] { 22, 3, 1, 0x40, 0x01 })]
    [InlineData(new byte[] { 22, 3, 1, 0, 0 })]
    [InlineData(new byte[] { 22, 3, 1, 0, 4, 2 })]
    [InlineData(new byte[] { 22, 3, 1, 0, 5, 1, 0, 0x40, 0, 0 })]
    public void Bytes_that_are_no_hello_or_too_large_a_one_are_recognized_from_the_first(byte[] sent)
    {
        var joiner = new ClientHelloJoiner();
        for (int i = 0; i < sent.Length - 1; i++)
        {
            Assert.False(joiner.Add(sent.AsSpan(i, 1)));
        }

        Assert.True(joiner.Add(sent.AsSpan(sent.Length - 1)));
        Assert.Equal(sent, joiner.Buffer[..joiner.Count]);
    }

    [Fact]
    public void A_hello_that_never_ends_is_kept_only_up_to_the_bound()
    {
        const int Segment = 1000;
        byte[] endless = [.. Hello(MaxPayload).Take(MaxPayload - 1).Chunk(1).SelectMany(Record)];
        var joiner = new ClientHelloJoiner();
        foreach (byte[] piece in endless.Chunk(Segment))
        {
            Assert.False(joiner.Add(piece));
            Assert.InRange(joiner.Buffer.Length, 1, 2 * (5 + MaxPayload + Segment));
        }

        // One byte more than there may be.
        Assert.True(joiner.Add(Record([1, 2])));
        Assert.InRange(joiner.Count, 1, 5 + MaxPayload + Segment);
    }

    /// <summary>Fed like a connection, it gives on the same stream of handshake bytes, unless it still waits for some of them.</summary>
    [Fact]
    public void Random_records_lose_no_byte_and_stay_within_the_bound()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        for (int run = 0; run < 2000; run++)
        {
            byte[] payload = Hello(random.Next(4, 2 * MaxPayload));
            using var sent = new MemoryStream();
            for (int at = 0; at < payload.Length;)
            {
                int count = Math.Min(payload.Length - at, random.Next(1, random.Next(4) == 0 ? MaxPayload : 50));
                sent.Write(Record(payload[at..(at + count)]));
                at += count;
            }

            byte[] given = Join(sent.ToArray(), random.Next(1, 5000), out int rest);
            byte[] all = [.. given, .. sent.ToArray()[^rest..]];
            Assert.True(given.Length <= (2 * (5 + MaxPayload)) + 5000, $"seed {seed}");
            Assert.True(payload.AsSpan().SequenceEqual(Payload(all)), $"seed {seed}");
            Assert.True(
                payload.Length > MaxPayload || BinaryPrimitives.ReadUInt16BigEndian(given.AsSpan(3)) == payload.Length, $"seed {seed}");
        }
    }

    /// <summary>What the joiner gives on, and how many bytes it was not given.</summary>
    private static byte[] Join(byte[] sent, int segment, out int rest)
    {
        var joiner = new ClientHelloJoiner();
        rest = sent.Length;
        foreach (byte[] piece in sent.Chunk(segment))
        {
            rest -= piece.Length;
            if (joiner.Add(piece))
            {
                return joiner.Buffer[..joiner.Count];
            }
        }

        Assert.Fail("the hello was never complete");
        return [];
    }

    /// <summary>A message of this many bytes in all.</summary>
    private static byte[] Hello(int bytes)
    {
        byte[] message = new byte[bytes];
        new Random(bytes).NextBytes(message);
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)(bytes - 4));
        message[0] = 1;
        return message;
    }

    private static byte[] Record(byte[] payload) => [22, 3, 1, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];

    /// <summary>The payload of all records.</summary>
    private static byte[] Payload(byte[] records)
    {
        using var payload = new MemoryStream();
        ReadOnlySpan<byte> rest = records;
        while (!rest.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
            payload.Write(rest.Slice(5, length));
            rest = rest[(5 + length)..];
        }

        return payload.ToArray();
    }
}
