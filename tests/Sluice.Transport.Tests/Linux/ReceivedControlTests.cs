using System.Net;
using Sluice.Transport.Linux;

namespace Sluice.Transport.Tests.Linux;

/// <summary>
/// The size of joined datagrams and the address they were sent to are read from control messages, and never anything else.
/// </summary>
public class ReceivedControlTests
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
        Assert.Equal(expected, SegmentBytes(size));
        Assert.Equal(expected, SegmentBytes(size.AsSpan(0, 20)));
        Assert.Equal(expected, SegmentBytes([.. Message(20, 0, 2, 64), .. size]));
        Assert.Equal(expected, SegmentBytes([.. Message(16, 1, 2), .. Message(17, Udp, 1, 5), .. size]));
    }

    [Fact]
    public void Without_one_there_is_none()
    {
        Assert.Equal(0, SegmentBytes([]));
        Assert.Equal(0, SegmentBytes(new byte[64]));
        Assert.Equal(0, SegmentBytes(Message(20, Udp, Gro + 1, 100)));
        Assert.Equal(0, SegmentBytes(Message(20, Udp + 1, Gro, 100)));
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
    public void An_impossible_length_is_ignored(ulong length)
    {
        Assert.Equal(0, SegmentBytes(Message(length, Udp, Gro, 100)));
        Assert.Equal(0, SegmentBytes([.. Message(length, 1, 1, 100), .. Message(length, Udp, Gro, 100)]));
    }

    [Fact]
    public void Control_messages_cut_off_anywhere_are_ignored()
    {
        byte[] size = Message(20, Udp, Gro, 100);
        for (int length = 0; length < 20; length++)
        {
            Assert.Equal(0, SegmentBytes(size.AsSpan(0, length)));
        }
    }

    [Fact]
    public void The_address_that_answers_leave_from_is_found()
    {
        // struct in_pktinfo: the interface, the address to answer from, the one in the datagram (here a broadcast's).
        byte[] ipv4 = Message(28, 0, 8, [2, 0, 0, 0, 192, 0, 2, 7, 192, 0, 2, 255, 0, 0, 0, 0]);
        byte[] ipv6 = Message(36, 41, 50, [.. IPAddress.Parse("2001:db8::7").GetAddressBytes(), 2, 0, 0, 0, 0, 0, 0, 0]);
        byte[] mapped = Message(36, 41, 50, [.. IPAddress.Parse("::ffff:192.0.2.7").GetAddressBytes(), 2, 0, 0, 0, 0, 0, 0, 0]);
        byte[] linkLocal = Message(36, 41, 50, [.. IPAddress.Parse("fe80::7").GetAddressBytes(), 2, 0, 0, 0, 0, 0, 0, 0]);
        byte[] size = Message(20, Udp, Gro, 1400);
        NetworkAddress seven = NetworkAddress.From(IPAddress.Parse("192.0.2.7"), 0);
        NetworkAddress sevenOfIPv6 = NetworkAddress.From(IPAddress.Parse("2001:db8::7"), 0);
        Assert.Equal(new ReceivedControl(0, seven), ReceivedControl.Read(ipv4));
        Assert.Equal(new ReceivedControl(0, seven), ReceivedControl.Read(mapped));
        Assert.Equal(new ReceivedControl(0, sevenOfIPv6), ReceivedControl.Read(ipv6));
        Assert.Equal(new ReceivedControl(0, NetworkAddress.From(IPAddress.Parse("fe80::7%2"), 0)), ReceivedControl.Read(linkLocal));
        Assert.Equal(new ReceivedControl(1400, seven), ReceivedControl.Read([.. ipv4, .. size]));
        Assert.Equal(new ReceivedControl(1400, sevenOfIPv6), ReceivedControl.Read([.. size, .. ipv6]));
        for (int length = 0; length < 28; length++)
        {
            Assert.Equal(default, ReceivedControl.Read(ipv4.AsSpan(0, length)));
            Assert.Equal(default, ReceivedControl.Read(ipv6.AsSpan(0, length)));
        }
    }

    [Fact]
    public void An_address_that_is_too_short_is_ignored()
    {
        Assert.Equal(default, ReceivedControl.Read(Message(24, 0, 8, 1)));
        Assert.Equal(default, ReceivedControl.Read(Message(24, 41, 50, 1)));
    }

    private static int SegmentBytes(ReadOnlySpan<byte> control) => ReceivedControl.Read(control).SegmentBytes;

    private static byte[] Message(ulong length, int level, int type, byte[] data) => [.. Message(length, level, type), .. data];

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
