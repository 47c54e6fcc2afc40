namespace Sluice.Transport.Loop;

/// <summary>Waits for readiness of many descriptors: the one place where a loop blocks.</summary>
/// <remarks>All members but <see cref="Wake"/> are called on the loop's thread only.</remarks>
internal interface IPoller : IDisposable
{
    /// <summary>What <see cref="Wait"/> returns if a signal ended it: it found nothing, but something may be ready.</summary>
    const int Interrupted = -1;

    /// <summary>Begins to watch a descriptor. <paramref name="token"/> comes back with its events.</summary>
    void Add(nint handle, long token, PollEvents interest);

    /// <summary>Changes what is watched for. An edge-triggered poller watches for everything and ignores this.</summary>
    void Change(nint handle, long token, PollEvents interest);

    /// <summary>Ends the watch; called before the descriptor is closed.</summary>
    void Remove(nint handle, long token);

    /// <summary>Waits up to <paramref name="timeoutMs"/> milliseconds (-1 = forever) and fills in what is ready.</summary>
    /// <returns>How many are ready; 0 after a timeout or a <see cref="Wake"/>; <see cref="Interrupted"/> after a signal.</returns>
    int Wait(Span<PollResult> ready, int timeoutMs);

    /// <summary>Sleeps, whatever becomes ready meanwhile. Returns false at once if the system cannot sleep for such a short time.</summary>
    bool TrySleep(int microseconds);

    /// <summary>Ends a <see cref="Wait"/>, the present or the next one. Callable from any thread.</summary>
    void Wake();
}

/// <summary>One ready descriptor.</summary>
internal readonly record struct PollResult(long Token, PollEvents Events);
