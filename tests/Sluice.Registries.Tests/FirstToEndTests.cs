namespace Sluice.Registries.Tests;

public class FirstToEndTests
{
    [Fact]
    public async Task The_first_to_end_cancels_the_other_and_waits_for_it()
    {
        bool ended = false;
        await FirstToEnd.RunAsync(
            _ => Task.CompletedTask,
            async stop =>
            {
                await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
                ended = true;
            },
            CancellationToken.None);
        Assert.True(ended);
    }

    [Fact]
    public async Task A_failure_of_the_first_to_end_is_thrown()
    {
        Task both = FirstToEnd.RunAsync(
            stop => Task.Delay(Timeout.Infinite, stop),
            _ => Task.FromException(new InvalidOperationException("broken")),
            CancellationToken.None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => both);
    }

    [Fact]
    public async Task Cancelling_ends_both()
    {
        using var stop = new CancellationTokenSource();
        Task both = FirstToEnd.RunAsync(
            token => Task.Delay(Timeout.Infinite, token), token => Task.Delay(Timeout.Infinite, token), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => both);
    }
}
