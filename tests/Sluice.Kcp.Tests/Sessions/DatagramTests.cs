using Xunit;
using static Sluice.Kcp.Tests.Sessions.Datagrams;

namespace Sluice.Kcp.Tests.Sessions;

public class DatagramTests
{
    [Fact]
    public void A_datagram_that_can_open_a_session_is_recognized()
    {
        byte[] first = Segment(5, Push, 0, [1]);
        Check(first, 5, fec: false, opens: true);
        Check(Framed(0, false, first), 5, fec: true, opens: true);
        Check(Framed(99, false, first), 5, fec: true, opens: true);
        Check([.. Segment(5, Ask, 0), .. first], 5, fec: false, opens: true);
        Check(Segment(5, Push, 1, [1]), 5, fec: false, opens: false);
        Check(Segment(5, Ack, 0), 5, fec: false, opens: false);
    }

    [Fact]
    public void Parity_names_no_conversation()
    {
        Assert.True(KcpDatagram.TryRead(Framed(10, true, new byte[40]), out KcpDatagram datagram));
        Assert.True(datagram.IsParity);
        Assert.Null(datagram.Conv);
        Assert.False(datagram.CanOpenSession);
    }

    [Fact]
    public void A_datagram_that_is_neither_is_rejected()
    {
        Assert.False(KcpDatagram.TryRead([], out _));
        Assert.False(KcpDatagram.TryRead(new byte[23], out _));
        Assert.False(KcpDatagram.TryRead(new byte[24], out _));
        Assert.False(KcpDatagram.TryRead(new byte[1501], out _));
        Assert.False(KcpDatagram.TryRead(Segment(5, Push, 0, [1], length: 2), out _));
        Assert.False(KcpDatagram.TryRead([.. Segment(5, Push, 0, [1]), .. Segment(6, Push, 0, [1])], out _));
        Assert.False(KcpDatagram.TryRead(Framed(0, false, Segment(5, Push, 0, [1]), size: 200), out _));
        Assert.False(KcpDatagram.TryRead(Framed(0, false, new byte[20]), out _));
    }

    private static void Check(byte[] bytes, uint conv, bool fec, bool opens)
    {
        Assert.True(KcpDatagram.TryRead(bytes, out KcpDatagram datagram));
        Assert.Equal(conv, datagram.Conv);
        Assert.Equal(fec, datagram.IsFec);
        Assert.Equal(opens, datagram.CanOpenSession);
    }
}
