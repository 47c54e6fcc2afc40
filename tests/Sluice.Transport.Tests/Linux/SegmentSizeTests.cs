using Sluice.Transport.Linux;

namespace Sluice.Transport.Tests.Linux;

/// <summary>The size of joined datagrams is read from control messages, and never anything else.</summary>
public class SegmentSizeTests
{
    private const int Udp = 17;
    private const int Gro = 104;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1400, 1400)]
    [InlineData(65_535, 65_535)]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(int.MinValue, 0)]
    public void The_size_is_found(int told, int expected)
    {
        byte[] size = Message(20, Udp, Gro, told);
        Assert.Equal(expected, SegmentSize.Read(size));
        Assert.Equal(expected, SegmentSize.Read(size.AsSpan(0, 20)));
        Assert.Equal(expected, SegmentSize.Read([.. Message(20, 0, 2, 64), .. size]));
        Assert.Equal(expected, SegmentSize.Read([.. Message(16, 1, 2), .. Message(17, Udp, 1, 5), .. size]));
    }

    [Fact]
    public void Without_one_there_is_none()
    {
        Assert.Equal(0, SegmentSize.Read([]));
        Assert.Equal(0, SegmentSize.Read(new byte[64]));
        Assert.Equal(0, SegmentSize.Read(Message(20, Udp, Gro + 1, 100)));
        Assert.Equal(0, SegmentSize.Read(Message(20, Udp + 1, Gro, 100)));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(15UL)]
    [InlineData(16UL)]
    [InlineData(19UL)]
    [InlineData(25UL)]
    [InlineData(1UL << 31)]
    [InlineData((1UL << 32) + 20)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 6)]
    public void A_length_that_cannot_be_is_not_believed(ulong length)
    {
        Assert.Equal(0, SegmentSize.Read(Message(length, Udp, Gro, 100)));
        Assert.Equal(0, SegmentSize.Read([.. Message(length, 1, 1, 100), .. Message(length, Udp, Gro, 100)]));
    }

    [Fact]
    public void Cut_off_anywhere_it_is_not_believed()
    {
        byte[] size = Message(20, Udp, Gro, 100);
        for (int length = 0; length < 20; length++)
        {
            Assert.Equal(0, SegmentSize.Read(size.AsSpan(0, length)));
        }
    }

    private static byte[] Message(ulong length, int level, int type, int? value = null)
    {
        var bytes = new List<byte>();
        bytes.AddRange(BitConverter.GetBytes(length));
        bytes.AddRange(BitConverter.GetBytes(level));
        bytes.AddRange(BitConverter.GetBytes(type));
        if (value is { } told)
        {
            bytes.AddRange(BitConverter.GetBytes((long)told));
        }

        return [.. bytes];
    }
}
