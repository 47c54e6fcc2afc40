using System.Net;
using Sluice.Testing.Sockets;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Udp;

/// <summary>Slots are cut into datagrams as the system says, and whatever it says.</summary>
public class ReceiveBatchTests
{
    private static readonly NetworkAddress Sender = NetworkAddress.From(IPAddress.Loopback, 7);

    [Theory]
    [InlineData(1000, 100, new[] { 100, 100, 100, 100, 100, 100, 100, 100, 100, 100 })]
    [InlineData(1001, 500, new[] { 500, 500, 1 })]
    [InlineData(500, 500, new[] { 500 })]
    [InlineData(500, 501, new[] { 500 })]
    [InlineData(500, int.MaxValue, new[] { 500 })]
    [InlineData(500, 0, new[] { 500 })]
    [InlineData(500, -1, new[] { 500 })]
    [InlineData(500, int.MinValue, new[] { 500 })]
    [InlineData(3, 1, new[] { 1, 1, 1 })]
    [InlineData(0, 0, new[] { 0 })]
    [InlineData(0, 5, new[] { 0 })]
    [InlineData(2047, 2047, new[] { 2047 })]
    public void A_slot_is_cut_into_datagrams(int length, int segmentBytes, int[] expected)
    {
        var batch = new ReceiveBatch();
        byte[] bytes = RawSockets.Noise(length);
        for (int slot = 0; slot < 2; slot++)
        {
            bytes.CopyTo(batch.NextSlot);
            batch.Add(length, segmentBytes, Sender);
        }

        Assert.Equal(2 * expected.Length, batch.Count);
        List<byte[]> seen = Datagrams(batch);
        Assert.Equal([.. expected, .. expected], seen.Select(datagram => datagram.Length));
        Assert.Equal([.. bytes, .. bytes], seen.SelectMany(datagram => datagram));
    }

    [Fact]
    public void Datagrams_that_are_too_long_or_dropped_are_counted_and_not_returned()
    {
        var batch = new ReceiveBatch();
        batch.Drop();
        batch.Add(ReceiveBatch.MaxDatagramBytes + 1, 0, Sender);
        batch.NextSlot[0] = 42;
        batch.Add(1, 0, Sender);
        batch.Drop();
        batch.Drop();
        Assert.Equal(5, batch.Count);
        Assert.Equal([42], Assert.Single(Datagrams(batch)));
        batch.Clear();
        Assert.Equal(0, batch.Count);
        Assert.Empty(Datagrams(batch));
    }

    [Fact]
    public void It_is_full_when_its_slots_are()
    {
        var batch = new ReceiveBatch();
        for (int i = 0; i < ReceiveBatch.SingleSlots; i++)
        {
            Assert.False(batch.IsFull);
            batch.NextSlot[0] = (byte)i;
            batch.Add(1, 0, Sender);
        }

        Assert.True(batch.IsFull);
        Assert.Equal(Enumerable.Range(0, ReceiveBatch.SingleSlots).Select(i => (byte)i), Datagrams(batch).Select(datagram => datagram[0]));
    }

    private static List<byte[]> Datagrams(ReceiveBatch batch)
    {
        var seen = new List<byte[]>();
        foreach (ReceiveBatch.Datagram datagram in batch)
        {
            Assert.Equal(Sender, datagram.Sender);
            seen.Add(datagram.Bytes.ToArray());
        }

        return seen;
    }
}
