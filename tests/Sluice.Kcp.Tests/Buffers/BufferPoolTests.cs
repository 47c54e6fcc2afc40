using CsCheck;
using Sluice.Kcp.Buffers;
using Xunit;

namespace Sluice.Kcp.Tests.Buffers;

public class BufferPoolTests
{
    [Fact]
    public void A_rented_buffer_is_large_enough_and_counted()
    {
        var pool = new KcpBufferPool(1 << 20);
        for (int length = 0; length <= KcpOptions.MaxDatagram; length++)
        {
            byte[] buffer = pool.Rent(length);
            Assert.True(buffer.Length >= length);
            Assert.Equal(1, pool.Outstanding);
            pool.Return(buffer);
        }

        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(0, pool.OutstandingBytes);
    }

    [Fact]
    public void A_small_message_does_not_occupy_a_datagram() => Assert.Equal(64, new KcpBufferPool(0).Rent(60).Length);

    [Fact]
    public void Returning_a_foreign_buffer_throws()
    {
        var pool = new KcpBufferPool(1 << 20);
        byte[] buffer = pool.Rent(10);
        pool.Return(buffer);
        Assert.Throws<InvalidOperationException>(() => pool.Return(buffer));
        pool.Rent(10);
        Assert.Throws<InvalidOperationException>(() => pool.Return(new byte[65]));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(1537));
    }

    [Fact]
    public void A_pool_keeps_no_more_than_its_limit()
    {
        var pool = new KcpBufferPool(1024);
        byte[][] buffers = [.. Enumerable.Range(0, 100).Select(_ => pool.Rent(64))];
        foreach (byte[] buffer in buffers)
        {
            pool.Return(buffer);
        }

        Assert.Equal(1024, pool.RetainedBytes);
    }

    [Fact]
    public void Memory_not_needed_between_two_trims_is_freed()
    {
        var pool = new KcpBufferPool(1 << 20);
        Round(pool, 100);
        pool.Trim();
        Round(pool, 40);
        pool.Trim();
        Assert.Equal(40 * 64, pool.RetainedBytes);
        pool.Trim();
        Assert.Equal(0, pool.RetainedBytes);

        static void Round(KcpBufferPool pool, int count)
        {
            byte[][] buffers = [.. Enumerable.Range(0, count).Select(_ => pool.Rent(64))];
            Array.ForEach(buffers, pool.Return);
        }
    }

    [Fact]
    public void Ring_storage_is_limited_in_bytes_over_all_sizes_and_trimmed_when_idle()
    {
        const int MaxBytes = 10_000;
        var budget = new RingBudget(MaxBytes);
        var storage = new RingStorage<long>(budget, sizeof(long));
        long[][] rented = [.. Enumerable.Range(0, 500).Select(i => storage.Rent(1 << (i % 8)))];
        Array.ForEach(rented, storage.Return);
        Assert.InRange(budget.RetainedBytes, 1, MaxBytes);
        storage.Trim();
        storage.Trim();
        Assert.Equal(0, budget.RetainedBytes);
    }

    [Fact]
    public void A_ring_keeps_order_while_it_grows_and_wraps() =>
        Check.Sample(
            Gen.Int[0, 2].Array[0, 200],
            steps =>
            {
                var storage = new RingStorage<int>(new RingBudget(1 << 20), 4);
                var ring = default(Ring<int>);
                var model = new List<int>();
                int next = 0;
                foreach (int step in steps)
                {
                    if (step == 0 && model.Count > 0)
                    {
                        ring.RemoveFirst(storage);
                        model.RemoveAt(0);
                    }
                    else
                    {
                        ring.AddLast(storage) = next;
                        model.Add(next++);
                    }
                }

                Assert.Equal(model.Count, ring.Count);
                for (int i = 0; i < model.Count; i++)
                {
                    Assert.Equal(model[i], ring[i]);
                }
            });
}
