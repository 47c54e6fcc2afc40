using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Sluice.Gateway.Greeting;

namespace Sluice.Gateway.Tests.Greeting;

public class FrameParserTests
{
    private const int MaxKeyBytes = 4096;

    public static TheoryData<string> NotUtf8 =>
    [
        // Lone and unknown lead bytes; overlong forms; surrogates, paired too; above U+10FFFF; cut short.
        "80", "ff", "fe", "c0af", "c1bf", "e080af", "e09fbf", "f08080af", "f08fbfbf", "eda080", "edbfbf", "eda0bdedb880", "f4908080", "f888808080",
        "c3", "e282", "f09f98", "31c331",
    ];

    [Fact]
    public void Every_split_says_the_same_and_takes_no_byte_behind_the_frame()
    {
        byte[] frame = FrameParser.Build("game-\u00fc.internal:7083"u8);
        byte[] bytes = [.. frame, .. "behind"u8];
        for (int first = 0; first <= bytes.Length; first++)
        {
            for (int second = first; second <= bytes.Length; second++)
            {
                (FrameStatus status, int consumed, string key) = Feed(bytes, [first, second - first, bytes.Length - second]);
                Assert.Equal(FrameStatus.Complete, status);
                Assert.Equal(frame.Length, consumed);
                Assert.Equal("game-\u00fc.internal:7083", key);
            }
        }
    }

    [Fact]
    public void Random_frames_in_random_chunks_are_read_as_a_plain_reading_does()
    {
        Gen<byte[]> key = Gen.OneOf(
            Gen.String.Select(Encoding.UTF8.GetBytes),
            Gen.Byte.Array[0, 50],
            Gen.Int[4090, 4100].Select(length => new byte[length]));
        Gen.Select(key, Gen.Byte.Array[0, 20], Gen.Int[0, 40].Array[0, 300]).Sample((bytes, behind, sizes) =>
        {
            byte[] all = [.. FrameParser.Build(bytes), .. behind];
            (FrameStatus status, int consumed, string read) = Feed(all, sizes);
            int fed = Math.Min(all.Length, sizes.Sum());
            (FrameStatus expected, int expectedConsumed, string expectedKey) = Plain(all.AsSpan(0, fed));
            Assert.Equal(expected, status);
            Assert.Equal(expectedConsumed, consumed);
            Assert.Equal(expectedKey, read);
        });
    }

    [Fact]
    public void The_longest_key_is_read_and_one_byte_more_is_refused()
    {
        Assert.Equal(FrameStatus.Complete, Feed(FrameParser.Build(new byte[MaxKeyBytes]), [MaxKeyBytes + 4]).Status);
        Assert.Equal(FrameStatus.Invalid, Feed(FrameParser.Build(new byte[MaxKeyBytes + 1]), [MaxKeyBytes + 5]).Status);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(4097u)]
    [InlineData(0x7fffffffu)]
    [InlineData(0x80000000u)]
    [InlineData(0xffffffffu)]
    [InlineData(0x01000001u)]
    public void A_bad_length_is_refused_from_its_four_bytes_and_costs_no_memory(uint length)
    {
        byte[] header = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(header, length);
        Assert.Equal(FrameStatus.Incomplete, Feed(header, [1, 1, 1]).Status);

        const int Times = 10_000;
        FrameStatus status = default;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Times; i++)
        {
            var parser = default(FrameParser);
            status = parser.Feed(header, MaxKeyBytes, out _, out _);
        }

        // Less than a byte each time: a table of the runtime's own, such as that of its casts, may grow on this thread.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Times - 1);
        Assert.Equal(FrameStatus.Invalid, status);
        Assert.Equal(FrameStatus.Invalid, Feed(header, [1, 1, 1, 1]).Status);
    }

    [Theory]
    [MemberData(nameof(NotUtf8))]
    public void What_is_not_UTF8_is_refused_whole_or_in_bytes(string key)
    {
        byte[] frame = FrameParser.Build(Convert.FromHexString(key));
        Assert.Equal(FrameStatus.Invalid, Feed(frame, [frame.Length]).Status);
        Assert.Equal(FrameStatus.Invalid, Feed(frame, [.. Enumerable.Repeat(1, frame.Length)]).Status);
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("\u007f")]
    [InlineData("\u0080")]
    [InlineData("\uffff")]
    [InlineData("\ufeff127.0.0.1:80")]
    [InlineData("\ud83d\ude00")]
    public void What_is_UTF8_is_a_key_and_is_not_altered(string key) =>
        Assert.Equal((FrameStatus.Complete, 4 + Encoding.UTF8.GetByteCount(key), key), Feed(FrameParser.Build(Encoding.UTF8.GetBytes(key)), [100]));

    private static (FrameStatus Status, int Consumed, string Key) Feed(byte[] bytes, int[] sizes)
    {
        var parser = default(FrameParser);
        FrameStatus status = FrameStatus.Incomplete;
        string key = "";
        int at = 0;
        foreach (int size in sizes)
        {
            status = parser.Feed(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)), MaxKeyBytes, out int consumed, out key);
            at += consumed;
            if (status != FrameStatus.Incomplete)
            {
                break;
            }
        }

        return (status, at, key);
    }

    private static (FrameStatus Status, int Consumed, string Key) Plain(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
        {
            return (FrameStatus.Incomplete, bytes.Length, "");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length is 0 or > MaxKeyBytes)
        {
            return (FrameStatus.Invalid, 4, "");
        }

        if (bytes.Length < 4 + length)
        {
            return (FrameStatus.Incomplete, bytes.Length, "");
        }

        try
        {
            string key = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Slice(4, (int)length));
            return (FrameStatus.Complete, 4 + (int)length, key);
        }
        catch (DecoderFallbackException)
        {
            return (FrameStatus.Invalid, 4 + (int)length, "");
        }
    }
}
