namespace Sluice.Tokens.Verification;

/// <summary>Verifies signatures with public keys beside the loops: one takes up to some 100 µs, and a flood of them would hold up everybody on the loop.</summary>
#pragma warning disable CA1001 // A semaphore whose handle nobody asks for holds nothing to dispose.
internal sealed class VerificationQueue
#pragma warning restore CA1001
{
    /// <summary>What waits behind so many would wait for some 100 ms.</summary>
    public const int MaxWaiting = 1024;

    private readonly SemaphoreSlim _workers;
    private readonly int _most;
    private int _inside;

    /// <summary>Half of the cores: the other half stays for the loops.</summary>
    public VerificationQueue()
        : this(Math.Max(1, Environment.ProcessorCount / 2), MaxWaiting)
    {
    }

    internal VerificationQueue(int workers, int maxWaiting)
    {
        _workers = new SemaphoreSlim(workers);
        _most = workers + maxWaiting;
    }

    /// <summary>Runs the work on the thread pool as soon as it is its turn; <see cref="Verdict.Busy"/> at once where too many wait.</summary>
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
