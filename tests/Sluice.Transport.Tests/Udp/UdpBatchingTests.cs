using Sluice.Testing.Loops;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.Sockets;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Udp;

/// <summary>The switches, and what a loop says of them.</summary>
public class UdpBatchingTests
{
    [Fact]
    public void Everything_is_wanted_by_default() =>
        Assert.Equal("GRO, GSO, recvmmsg, sendmmsg, gathering", new EventLoopOptions().UdpBatching.ToString());

    [Fact]
    public void Nothing_has_a_name_too() => Assert.Equal("one call per datagram", UdpBatching.None.ToString());

    [Fact]
    public void The_portable_sockets_have_no_batching()
    {
        using var loop = new TestLoop(PollerKind.Poll);
        Assert.Equal(UdpBatching.None, loop.Loop.UdpBatching);
    }

    [Theory]
    [DatagramEngines]
    public void Batching_that_is_switched_off_is_not_used(PollerKind poller, string ways)
    {
        UdpBatching wanted = Ways.Read(ways);
        using var most = new TestLoop(poller);
        using var loop = new TestLoop(poller, wanted);
        UdpBatching all = most.Loop.UdpBatching;
        UdpBatching used = loop.Loop.UdpBatching;
        Assert.Equal(wanted.ReceiveOffload && all.ReceiveOffload, used.ReceiveOffload);
        Assert.Equal(wanted.SendOffload && all.SendOffload, used.SendOffload);
        Assert.Equal(wanted.ReceiveBatches && all.ReceiveBatches, used.ReceiveBatches);
        Assert.Equal(wanted.SendBatches && all.SendBatches, used.SendBatches);
        Assert.Equal(wanted.Gathering && all.Gathering, used.Gathering);
    }
}
