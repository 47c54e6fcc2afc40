using System.Runtime.CompilerServices;

namespace Sluice.Gateway.Routing;

/// <summary>
/// A strategy and the gateways of this process that use it: the first one starts it, the last one stops it. Safe to call from any thread.
/// </summary>
#pragma warning disable CA1001 // A source of cancellation without a timer or handle holds nothing to dispose.
internal sealed class SharedResolver(IBackendResolver resolver)
#pragma warning restore CA1001
{
    /// <summary>Longest wait for a start that was abandoned, before the strategy is stopped all the same.</summary>
    private static readonly TimeSpan AbandonTimeout = TimeSpan.FromSeconds(2);

    private static readonly ConditionalWeakTable<IBackendResolver, SharedResolver> All = [];

    private readonly Lock _lock = new();
    private CancellationTokenSource _abandon = new();
    private Task _starting = Task.CompletedTask;
    private Task _stopping = Task.CompletedTask;
    private int _users;

    /// <summary>The one for this strategy; every gateway that uses the strategy gets the same.</summary>
    public static SharedResolver Of(IBackendResolver resolver) => All.GetValue(resolver, static resolver => new SharedResolver(resolver));

    /// <summary>
    /// Starts the strategy, or waits for the gateway that is starting it. Every call needs one of <see cref="StopAsync"/>, whatever its
    /// outcome.
    /// </summary>
    /// <param name="cancellation">Ends the wait, also if the strategy does not heed its own cancellation.</param>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Task starting;
        lock (_lock)
        {
            if (_users++ == 0)
            {
                _abandon = new CancellationTokenSource();
                _starting = StartBehindAsync(_stopping, _abandon.Token);
            }

            starting = _starting;
        }

        await starting.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Stops the strategy if no other gateway uses it.</summary>
    public async Task StopAsync()
    {
        Task stopping;
        lock (_lock)
        {
            if (--_users > 0)
            {
                return;
            }

            stopping = _stopping = StopBehindAsync(_starting, _abandon);
        }

        await stopping.ConfigureAwait(false);
    }

    private async Task StartBehindAsync(Task stopping, CancellationToken cancellation)
    {
        // It yields, since a strategy of others must not run under the lock.
        await stopping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        cancellation.ThrowIfCancellationRequested();
        await resolver.StartAsync(cancellation).ConfigureAwait(false);
    }

    private async Task StopBehindAsync(Task starting, CancellationTokenSource abandon)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await abandon.CancelAsync().ConfigureAwait(false);
        await starting.WaitAsync(AbandonTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await resolver.StopAsync().ConfigureAwait(false);
    }
}
