using Sluice.Testing.Loops;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

public class BufferPoolTests
{
    [Fact]
    public void Gives_the_same_buffer_again()
    {
        var pool = new BufferPool(bufferBytes: 4096, keptBytes: 8192);
        byte[] buffer = pool.Rent();
        Assert.Equal(4096, buffer.Length);
        pool.Return(buffer);
        Assert.Same(buffer, pool.Rent());
    }

    [Fact]
    public void Two_renters_never_share_one()
    {
        var pool = new BufferPool(64, keptBytes: 256);
        byte[][] rented = [.. Enumerable.Range(0, 10).Select(_ => pool.Rent())];
        Assert.Equal(10, rented.Distinct().Count());
        Assert.Equal(10, pool.Rented);
    }

    [Fact]
    public void Keeps_no_more_than_it_should()
    {
        var pool = new BufferPool(64, keptBytes: 191);
        byte[][] rented = [.. Enumerable.Range(0, 5).Select(_ => pool.Rent())];
        Array.ForEach(rented, pool.Return);
        Assert.Equal(0, pool.Rented);
        Assert.Equal(2, Enumerable.Range(0, 5).Count(_ => rented.Contains(pool.Rent())));
    }

    [Fact]
    public void Buffers_of_many_slow_readers_are_reused_and_given_back_once_they_are_gone()
    {
        const int Readers = 300;
        var pool = new BufferPool(4096, keptBytes: Readers * 4096);
        var rented = new byte[Readers][];
        Round(Readers);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 100; round++)
        {
            Round(Readers);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        // From here on a tenth of them is enough. What is not needed from one trim to the next is not kept.
        pool.Trim();
        Round(Readers / 10);
        pool.Trim();
        Assert.Equal(Readers / 10 * 4096, pool.RetainedBytes);
        before = GC.GetAllocatedBytesForCurrentThread();
        Round(Readers / 10);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        pool.Trim();
        pool.Trim();
        Assert.Equal(0, pool.RetainedBytes);

        void Round(int readers)
        {
            for (int i = 0; i < readers; i++)
            {
                rented[i] = pool.Rent();
            }

            for (int i = 0; i < readers; i++)
            {
                pool.Return(rented[i]);
            }
        }
    }

    [Fact]
    public async Task A_loop_releases_unused_memory_after_some_minutes()
    {
        using var loop = new TestLoop();
        int trims = 0;
        loop.Loop.OnTrim(() => trims++);
        await loop.RunAsync(() =>
        {
            byte[][] rented = [.. Enumerable.Range(0, 300).Select(_ => loop.Loop.Buffers.Rent())];
            byte[][] small = [.. Enumerable.Range(0, 300).Select(i => loop.Loop.SmallBuffers.Rent(i))];
            Array.ForEach(rented, loop.Loop.Buffers.Return);
            Array.ForEach(small, loop.Loop.SmallBuffers.Return);
        });
        Assert.Equal(300L * TestLoop.ScratchBytes, await loop.RunAsync(() => loop.Loop.Buffers.RetainedBytes));
        await loop.AdvanceAsync(60_000);
        await loop.AdvanceAsync(60_000);
        Assert.Equal(0, await loop.RunAsync(() => loop.Loop.Buffers.RetainedBytes));
        Assert.Equal(2, trims);
    }

    [Fact]
    public void Small_buffers_are_at_least_as_large_as_asked_and_at_most_twice()
    {
        var buffers = new SmallBuffers(10_000);
        Assert.Equal(8192, buffers.MaxBytes);
        for (int bytes = 0; bytes <= buffers.MaxBytes; bytes++)
        {
            byte[] buffer = buffers.Rent(bytes);
            Assert.InRange(buffer.Length, bytes, Math.Max(256, (2 * bytes) - 1));
            buffers.Return(buffer);
            Assert.Same(buffer, buffers.Rent(buffer.Length));
            buffers.Return(buffer);
        }
    }
}
