using CsCheck;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

/// <summary>A token that outlived its descriptor must never reach the descriptor that came after it.</summary>
public class PollTargetTableTests
{
    [Fact]
    public void A_stale_token_finds_nothing_though_its_slot_is_taken_again()
    {
        var table = new PollTargetTable();
        var second = new Target();
        long stale = table.Add(new Target());
        table.Remove(stale);
        long token = table.Add(second);
        Assert.Null(table.Find(stale));
        Assert.Same(second, table.Find(token));
    }

    [Fact]
    public void Removing_with_a_stale_token_leaves_the_successor()
    {
        var table = new PollTargetTable();
        var second = new Target();
        long stale = table.Add(new Target());
        table.Remove(stale);
        long token = table.Add(second);
        table.Remove(stale);
        table.Replace(stale, new Target());
        Assert.Same(second, table.Find(token));
    }

    [Fact]
    public void Removing_twice_does_not_give_one_slot_to_two()
    {
        var table = new PollTargetTable();
        long token = table.Add(new Target());
        table.Remove(token);
        table.Remove(token);
        Target one = new(), two = new();
        long first = table.Add(one);
        long second = table.Add(two);
        Assert.Same(one, table.Find(first));
        Assert.Same(two, table.Find(second));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_token_that_was_never_given_finds_nothing(long token)
    {
        var table = new PollTargetTable();
        table.Add(new Target());
        Assert.Null(table.Find(token));
    }

    [Fact]
    public void Behaves_as_a_dictionary_does() => Gen.Int[0, 1000].List[0, 400].Sample(steps =>
    {
        var table = new PollTargetTable();
        var live = new Dictionary<long, IPollTarget>();
        var issued = new List<long>();
        foreach (int step in steps)
        {
            if (step % 3 != 0 || issued.Count == 0)
            {
                var target = new Target();
                long token = table.Add(target);
                live.Add(token, target);
                issued.Add(token);
            }
            else
            {
                long token = issued[step % issued.Count];
                table.Remove(token);
                live.Remove(token);
            }
        }

        Assert.All(issued, token => Assert.Same(live.GetValueOrDefault(token), table.Find(token)));
    });

    private sealed class Target : IPollTarget
    {
        public void Ready(PollEvents events)
        {
        }

        public void Faulted(Exception fault)
        {
        }
    }
}
