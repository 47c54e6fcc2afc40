using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

public class BufferPoolTests
{
    [Fact]
    public void Gives_the_same_buffer_again()
    {
        var pool = new BufferPool(bufferBytes: 4096, keep: 2);
        byte[] buffer = pool.Rent();
        Assert.Equal(4096, buffer.Length);
        pool.Return(buffer);
        Assert.Same(buffer, pool.Rent());
    }

    [Fact]
    public void Two_renters_never_share_one()
    {
        var pool = new BufferPool(64, keep: 4);
        byte[][] rented = [.. Enumerable.Range(0, 10).Select(_ => pool.Rent())];
        Assert.Equal(10, rented.Distinct().Count());
        Assert.Equal(10, pool.Rented);
    }

    [Fact]
    public void Keeps_no_more_than_it_should()
    {
        var pool = new BufferPool(64, keep: 2);
        byte[][] rented = [.. Enumerable.Range(0, 5).Select(_ => pool.Rent())];
        Array.ForEach(rented, pool.Return);
        Assert.Equal(0, pool.Rented);
        Assert.Equal(2, Enumerable.Range(0, 5).Count(_ => rented.Contains(pool.Rent())));
    }
}
