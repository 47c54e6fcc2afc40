using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

public class OnceQueueTests
{
    [Fact]
    public void Gives_objects_in_the_order_in_which_they_were_added_each_once()
    {
        var queue = new OnceQueue<string>();
        foreach (string item in (string[])["a", "b", "a", "c", "b"])
        {
            queue.Add(item);
        }

        Assert.Equal(3, queue.Count);
        Assert.Equal(["a", "b", "c"], (string[])[queue.Take(), queue.Take(), queue.Take()]);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Takes_an_object_again_once_it_was_taken()
    {
        var queue = new OnceQueue<string>();
        queue.Add("a");
        queue.Add("b");
        string taken = queue.Take();
        queue.Add(taken);
        Assert.Equal(["b", "a"], (string[])[queue.Take(), queue.Take()]);
    }

    [Fact]
    public void Objects_that_are_equal_but_not_the_same_wait_both()
    {
        var queue = new OnceQueue<string>();
        queue.Add(new string('x', 3));
        queue.Add(new string('x', 3));
        Assert.Equal(2, queue.Count);
    }
}
