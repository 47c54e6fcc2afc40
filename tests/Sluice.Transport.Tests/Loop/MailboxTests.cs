using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

public class MailboxTests
{
    private static readonly SendOrPostCallback Nothing = _ => { };

    [Fact]
    public void The_first_post_reports_that_the_loop_must_be_woken()
    {
        var mailbox = new Mailbox();
        Assert.True(mailbox.IsEmpty);
        Assert.True(Add(mailbox, Nothing, 1));
        Assert.False(Add(mailbox, Nothing, 2));
        Assert.False(mailbox.IsEmpty);
        mailbox.Take();
        Assert.True(mailbox.IsEmpty);
        Assert.True(Add(mailbox, Nothing, 3));
    }

    [Fact]
    public void Gives_out_in_order_and_once()
    {
        var mailbox = new Mailbox();
        for (int i = 0; i < 100; i++)
        {
            Add(mailbox, Nothing, i);
        }

        Assert.Equal(Enumerable.Range(0, 100), mailbox.Take().ToArray().Select(posted => (int)posted.State!));
        Assert.Equal(0, mailbox.Take().Length);
    }

    [Fact]
    public void Work_posted_meanwhile_waits_for_the_next_turn()
    {
        var mailbox = new Mailbox();
        Add(mailbox, Nothing, "first");
        ReadOnlySpan<(SendOrPostCallback Work, object? State)> taken = mailbox.Take();
        Add(mailbox, Nothing, "second");
        Assert.Equal(1, taken.Length);
        Assert.Equal("first", taken[0].State);
        Assert.Equal("second", mailbox.Take()[0].State);
    }

    [Fact]
    public void Loses_nothing_of_many_threads()
    {
        const int Threads = 4;
        const int Each = 20_000;
        var mailbox = new Mailbox();
        int[] last = new int[Threads];
        int running = Threads;
        Thread[] posters = [.. Enumerable.Range(0, Threads).Select(poster => new Thread(() =>
        {
            for (int i = 1; i <= Each; i++)
            {
                Add(mailbox, Nothing, (poster, i));
            }

            Interlocked.Decrement(ref running);
        }))];
        Array.ForEach(posters, poster => poster.Start());
        while (Volatile.Read(ref running) > 0 || !mailbox.IsEmpty)
        {
            foreach ((_, object? state) in mailbox.Take())
            {
                (int poster, int number) = ((int, int))state!;
                Assert.Equal(last[poster] + 1, number);
                last[poster] = number;
            }
        }

        Array.ForEach(posters, poster => poster.Join());
        Assert.All(last, number => Assert.Equal(Each, number));
    }

    [Fact]
    public void A_closed_mailbox_takes_no_more_and_gives_out_what_it_has()
    {
        var mailbox = new Mailbox();
        Add(mailbox, Nothing, 1);
        mailbox.Close();
        Assert.False(mailbox.TryAdd(Nothing, 2, out _));
        Assert.Equal(1, mailbox.Take().Length);
    }

    private static bool Add(Mailbox mailbox, SendOrPostCallback work, object? state)
    {
        Assert.True(mailbox.TryAdd(work, state, out bool wasEmpty));
        return wasEmpty;
    }
}
