namespace Sluice.Registries;

/// <summary>Runs two tasks that end together: the work of a connection, and what finds out that the connection is dead.</summary>
internal static class FirstToEnd
{
    /// <summary>
    /// Starts both and returns, or throws, what the first to end did. The other is cancelled and has ended by then, so that it cannot touch
    /// what the caller uses next.
    /// </summary>
    public static async Task RunAsync(
        Func<CancellationToken, Task> one, Func<CancellationToken, Task> other, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] both = [one(stop.Token), other(stop.Token)];
        Task first = await Task.WhenAny(both).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
    }
}
