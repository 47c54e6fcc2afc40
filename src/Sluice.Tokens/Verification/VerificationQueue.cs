namespace Sluice.Tokens.Verification;

/// <summary>
/// Verifies signatures with public keys on the thread pool. One takes up to about 100 µs, and a flood of them would delay everything on a
/// loop.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never used needs no disposal.
internal sealed class VerificationQueue
#pragma warning restore CA1001
{
    /// <summary>After this many, a token would wait for about 100 ms.</summary>
    public const int MaxWaiting = 1024;

    private readonly SemaphoreSlim _workers;
    private readonly int _most;
    private int _inside;

    /// <summary>Uses half of the cores, and leaves the others to the loops.</summary>
    public VerificationQueue()
        : this(Math.Max(1, Environment.ProcessorCount / 2), MaxWaiting)
    {
    }

    internal VerificationQueue(int workers, int maxWaiting)
    {
        _workers = new SemaphoreSlim(workers);
        _most = workers + maxWaiting;
    }

    /// <summary>
    /// Runs the work on the thread pool when its turn comes. Returns <see cref="Verdict.Busy"/> at once if too many wait.
    /// </summary>
    public async ValueTask<Verdict> RunAsync(Func<Verdict> work)
    {
        if (Interlocked.Increment(ref _inside) > _most)
        {
            Interlocked.Decrement(ref _inside);
            return Verdict.Busy;
        }

        try
        {
            await _workers.WaitAsync().ConfigureAwait(false);
            try
            {
                return await Task.Run(work).ConfigureAwait(false);
            }
            finally
            {
                _workers.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
