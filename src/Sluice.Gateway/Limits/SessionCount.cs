namespace Sluice.Gateway.Limits;

/// <summary>Sessions over all loops: their number, their limit, their ids.</summary>
internal sealed class SessionCount(LimitOptions limits, int loops)
{
    private int _live;
    private long _lastId;

    /// <summary>One loop's part of the pending handshakes.</summary>
    public int PendingPerLoop { get; } = (limits.MaxPendingHandshakes + loops - 1) / loops;

    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Counts a session. False where it is above the limit; it is counted all the same until <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        int live = Interlocked.Increment(ref _live);
        return limits.MaxConnections == 0 || live <= limits.MaxConnections;
    }

    public void Leave() => Interlocked.Decrement(ref _live);
}
